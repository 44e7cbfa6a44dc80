// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_JOURNAL_CLAIM_HPP
#define NOTCH_RECORD_JOURNAL_CLAIM_HPP

#include "../base/error.hpp"
#include "../base/platform.hpp"
#include "../base/platform_journal.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "journal.hpp"
#include "journal_layout.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <utility>

// Whose a journal is. The file says so itself, in one word that is only changed by compare-and-exchange from what is nobody's: of
// any number of processes and threads that want the journal of a dead one, one has it, and when that one dies as well, the next.
// Nothing is ever written to, renamed or removed by who does not have it.

namespace notch::inline NOTCH_ABI::detail {

enum class JournalContent : std::uint8_t {
    nothing,     ///< new, or what a process left that died before its journal was made
    unfinished,  ///< the same, with some of it made; it holds no records
    records,     ///< a journal, whole or damaged
    foreign      ///< something else
};

/// A journal that is this process's, and what it was. It is let go of with the claim, also when memory runs out on the way.
class JournalClaim {
public:
    JournalClaim() noexcept = default;  ///< of none: there is none, and none was to be made
    JournalClaim(Journal* journal, JournalContent what) noexcept : content{what}, journal_{journal} {}
    JournalClaim(JournalClaim&& other) noexcept : content{other.content}, journal_{other.release()} {}
    JournalClaim& operator=(JournalClaim&&) = delete;
    ~JournalClaim() { delete journal_; }

    [[nodiscard]] bool is_some() const noexcept { return journal_ != nullptr; }
    [[nodiscard]] Journal& journal() const noexcept { return *journal_; }
    [[nodiscard]] Journal* release() noexcept { return std::exchange(journal_, nullptr); }

    const JournalContent content{};

private:
    Journal* journal_ = nullptr;
};

inline bool is_zero(const char* bytes, std::size_t size) noexcept {
    for (std::size_t i = 0; i < size; ++i)
        if (bytes[i] != 0) return false;
    return true;
}

/// Whether chunks of a journal, or rings of one, begin somewhere: without a sound header that is what tells a journal.
inline bool has_chunk(const File& file, std::uint64_t size, bool ring, int& error) noexcept {
    for (std::uint64_t at = journal_page; at + journal_page <= size && error == 0; at += journal_page) {
        alignas(8) char bytes[chunk_start];
        const ReadOutcome read = read_all_at(file, at, bytes, sizeof bytes);
        error = read.error;
        if (read.count != sizeof bytes) return false;
        const ChunkHeader& chunk = *reinterpret_cast<const ChunkHeader*>(bytes);
        if (chunk.magic.load(std::memory_order_relaxed) == chunk_magic && (!ring || chunk.kind == ChunkKind::ring)) return true;
    }
    return false;
}

/// Reads only: it may be anybody's file. Of no use when it sets the error.
inline JournalContent look_at_journal(const File& file, std::uint64_t size, int& error) noexcept {
    alignas(JournalHeader) char page[journal_page]{};
    const ReadOutcome there = read_all_at(file, 0, page, sizeof page);
    error = there.error;
    constexpr std::size_t owner = offsetof(JournalHeader, owner);
    const std::size_t magic = there.count < sizeof journal_magic ? there.count : sizeof journal_magic;
    if (there.count != 0 && std::memcmp(page, &journal_magic, magic) == 0) return JournalContent::records;
    const bool blank = is_zero(page, owner) && is_zero(page + owner + 8, sizeof page - owner - 8);
    if (blank && size <= journal_page) return JournalContent::nothing;
    if (!blank && !has_chunk(file, size, false, error)) return JournalContent::foreign;
    // The magic comes last: where it is not yet, there are no records, unless it was damaged.
    return is_zero(page, sizeof journal_magic) && !has_chunk(file, size, true, error) ? JournalContent::unfinished : JournalContent::records;
}

/// Whether the one that a journal belongs to may still write to it. `locked`: nobody else has the file's lock.
inline bool is_owned(std::uint64_t owner, std::uint64_t self, bool locked) noexcept {
    if (owner == 0) return !locked;
    // This process may be what another program became that called exec(), and of a process in another namespace nothing is known:
    // then the lock tells. Elsewhere it does not: a child of the dead one may have it. (Emulators give each thread a start of its own,
    // so of this process only the id is compared.)
    if (process_of(owner) == process_of(self) || !is_same_world(owner, self)) return !locked;
    const std::uint64_t there = process_token(process_of(owner));
    if (there == 0) return false;
    const bool started_unknown = there >> 42 == 0 || owner >> 42 == 0;
    return started_unknown || there == owner;
}

inline Error journal_error(ErrorCode code, const std::string& path, std::string expected, std::string found) {
    Error error;
    error.code = code;
    error.place = "journal " + path;
    error.expected = static_cast<std::string&&>(expected);
    error.found = static_cast<std::string&&>(found);
    return error;
}

/// Makes the journal at that path this process's. Errors: what stands there is another's or something else, or the system refuses.
inline Result<JournalClaim> claim_journal(const std::string& path, bool make) {
#if defined(_WIN32)
    static_cast<void>(make);
    return journal_error(ErrorCode::refused, path, "a system with mappings that outlive a process", "Windows");
#else
    if (!std::atomic<std::uint64_t>::is_always_lock_free) return journal_error(ErrorCode::refused, path, "a processor with atomic words of 64 bits", "none");
    const std::uint64_t self = process_token(process_id());
    for (int tries = 0; tries < 100; ++tries) {
        std::string name = path;  // whoever has the file mapped also has its lock, so from there on nothing may fail for want of memory
        File file = open_journal_file(path.c_str(), make);
        if (!file.is_open() && errno == ENOENT && !make) return JournalClaim{};
        if (!file.is_open()) return os_error(ErrorCode::open_failed, "journal " + path, "a file to keep", errno);
        FileStatus status;
        if (const int number = find_status(file.descriptor(), status); number != 0)
            return os_error(ErrorCode::open_failed, "journal " + path, "its status", number);
        if (status.kind != FileKind::regular) return journal_error(ErrorCode::refused, path, "a regular file", words_for(status.kind));
        // What others may write to while it is mapped could be anything at any moment.
        if (!is_private(status)) return journal_error(ErrorCode::refused, path, "a file of this user, that no other can write to", "another");
        int error = 0;
        const JournalContent content = look_at_journal(file, status.size, error);
        if (error != 0) return os_error(ErrorCode::read_failed, "journal " + path, "to be read", error);
        if (content == JournalContent::foreign) return journal_error(ErrorCode::refused, path, "a journal, or nothing", "another file");
        // A copy of a journal may have holes, and a damaged one ends anywhere.
        const std::uint64_t size = status.size < journal_page ? journal_page : status.size;
        error = reserve_bytes(file, 0, size);
        if (error != 0) return os_error(ErrorCode::no_memory, "journal " + path, "room on the disk", error);
        // Others hold the lock for moments only, while they look whose the journal is, or as its owner.
        const bool locked = lock_exclusively(file.descriptor(), 20'000'000) == 0;
        const MappedBytes header = map_file(file, 0, journal_page, true);
        if (header.data == nullptr) return os_error(ErrorCode::no_memory, "journal " + path, "memory", errno);
        std::atomic<std::uint64_t>& word = reinterpret_cast<JournalHeader*>(header.data)->owner;
        std::uint64_t owner = word.load(std::memory_order_acquire);
        const bool owned = is_owned(owner, self, locked);
        if (!owned && word.compare_exchange_strong(owner, self, std::memory_order_acq_rel) && is_file_at(path.c_str(), file)) {
            auto* const journal = new (std::nothrow) Journal{static_cast<std::string&&>(name), static_cast<File&&>(file), header, size};
            if (journal != nullptr) return JournalClaim{journal, content};
            word.store(0, std::memory_order_release);
            unmap_pages(header.pages, header.bytes);
            return journal_error(ErrorCode::no_memory, path, "memory", "none");
        }
        const bool elsewhere = !is_file_at(path.c_str(), file);
        unmap_pages(header.pages, header.bytes);
        if (owned && !elsewhere)
            return journal_error(ErrorCode::refused, path, "a journal that no live recorder has", "that of process " + std::to_string(process_of(owner)));
    }
    return journal_error(ErrorCode::failed, path, "to be alone with it", "others, again and again");
#endif
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
