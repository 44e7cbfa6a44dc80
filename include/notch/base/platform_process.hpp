// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_PROCESS_HPP
#define NOTCH_BASE_PLATFORM_PROCESS_HPP

#include "../config.hpp"
#include "../macros.hpp"
#include "clock.hpp"
#include "platform_windows_calls.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

#if !defined(_WIN32)
#include <sys/mman.h>
#include <unistd.h>
#endif

// Calls to the operating system about this process: which one it is, whether it is a copy that fork() made, and numbers that no
// other process has.

namespace notch::inline NOTCH_ABI::detail {

#if defined(_WIN32)
inline std::int64_t process_id() noexcept { return static_cast<std::int64_t>(system_calls().process_id()); }
#else
inline std::int64_t process_id() noexcept { return static_cast<std::int64_t>(::getpid()); }
#endif

/// 64 bits that nobody else has: random ones, or where the system has none to give, the time, the process and an address.
inline std::uint64_t unique_number() noexcept {
    std::uint64_t out = 0;
#if defined(__linux__)
    if (::getentropy(&out, sizeof out) == 0) return out;
#endif
    const std::uint64_t parts[] = {static_cast<std::uint64_t>(system_microseconds()), static_cast<std::uint64_t>(monotonic_nanoseconds()),
                                   static_cast<std::uint64_t>(process_id()), reinterpret_cast<std::uintptr_t>(&out)};
    for (const std::uint64_t part : parts) {
        out = (out ^ part) * 0x9e37'79b9'7f4a'7c15;
        out ^= out >> 29;
    }
    return out;
}

/// A word that reads 0 in a child that fork() made, without a system call: it lies on a page that the kernel wipes there. Where
/// there is no such page, is_copy() asks for the process id instead, and the word keeps its value in the child.
class ForkWord {
public:
    ForkWord() noexcept : process_{process_id()} {
#if defined(MADV_WIPEONFORK)
        void* const page = ::mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (page == MAP_FAILED) return;
        if (::madvise(page, page_bytes, MADV_WIPEONFORK) != 0) {
            ::munmap(page, page_bytes);
            return;
        }
        words_ = new (page) Words;
#endif
        words_->original.store(1, std::memory_order_relaxed);
    }
    ForkWord(const ForkWord&) = delete;
    ForkWord& operator=(const ForkWord&) = delete;
    ~ForkWord() {
#if defined(MADV_WIPEONFORK)
        if (words_ != &own_) ::munmap(words_, page_bytes);
#endif
    }

    [[nodiscard]] std::atomic<std::uint64_t>& word() noexcept { return words_->word; }

    /// Whether this is a child of the process that made the word.
    [[nodiscard]] bool is_copy() const noexcept {
        if (words_ != &own_) return words_->original.load(std::memory_order_relaxed) == 0;
        return process_id() != process_;
    }

private:
    struct Words {
        std::atomic<std::uint64_t> word{0};
        std::atomic<std::uint64_t> original{0};
    };
    static constexpr std::size_t page_bytes = 4096;

    Words own_;
    Words* words_ = &own_;
    std::int64_t process_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
