// SPDX-License-Identifier: MIT
#pragma once
#include <cstddef>
#include <cstdlib>
#include <string>

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

// A disk of 8 MB that is full when a test says so. For a process of its own, with one thread: root's, or one that may have a user
// namespace.

namespace test {

/// A small disk over an empty directory, gone with the process.
inline bool mount_small_disk(const std::string& path) {
    if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 && ::mount("notch", path.c_str(), "tmpfs", 0, "size=8m") == 0;
}

/// Takes all room but so many bytes.
inline void fill_disk(const std::string& path, std::size_t but) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const std::string page(4096, 'x');
    std::size_t size = 0;
    for (::ssize_t written = 0; (written = ::write(file, page.data(), page.size())) > 0;) size += static_cast<std::size_t>(written);
    if (::ftruncate(file, static_cast<::off_t>(size > but ? size - but : 0)) != 0) std::abort();
    ::close(file);
}

}  // namespace test
