// SPDX-License-Identifier: MIT
#pragma once
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#if defined(_WIN32)
#include <atomic>
#include <filesystem>
#include <system_error>

#include <process.h>
#else
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#endif

namespace test {

/// A directory of its own, gone with the test.
class TemporaryDirectory {
public:
#if defined(_WIN32)
    TemporaryDirectory() {
        static std::atomic<int> made{0};
        const std::string name = "notch-test-" + std::to_string(::_getpid()) + "-" + std::to_string(made++);
        const std::filesystem::path path = std::filesystem::temp_directory_path() / name;
        if (!std::filesystem::create_directory(path)) std::abort();
        path_ = path.generic_string();
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
#else
    explicit TemporaryDirectory(const char* base = std::getenv("TMPDIR")) {
        path_ = std::string{base == nullptr ? "/tmp" : base} + "/notch-test-XXXXXX";
        if (::mkdtemp(path_.data()) == nullptr) std::abort();
    }
    ~TemporaryDirectory() {
        ::nftw(
            path_.c_str(), [](const char* path, const struct ::stat*, int, struct ::FTW*) { return ::remove(path); }, 16,
            FTW_DEPTH | FTW_PHYS);
    }
#endif
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

inline std::string contents(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

/// The lines of a file; a last piece without a newline counts as a line.
inline std::vector<std::string> lines_of(const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    std::vector<std::string> out;
    for (std::string line; std::getline(file, line);) out.push_back(line);
    return out;
}

}  // namespace test
