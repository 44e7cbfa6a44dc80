// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_QUARANTINE_HPP
#define NOTCH_READ_QUARANTINE_HPP

#include "../base/clock.hpp"
#include "../base/error.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../json/encode.hpp"
#include "directory.hpp"
#include "quarantine_store.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace notch::inline NOTCH_ABI {

/// Where a Quarantine is and how much it may hold. Reaching a cap evicts the oldest.
///
///     auto quarantine = notch::Quarantine::open({.path = "/var/lib/notch/quarantine", .max_files = 100});
struct QuarantineOptions {
    std::string path{};
    std::size_t max_files = 1'000;                  ///< kept at a time; the reasons beside them not counted
    std::uint64_t max_bytes = 64 * 1024 * 1024;     ///< of all that is kept, the reasons included
    std::uint64_t max_bytes_each = 1024 * 1024;     ///< of one file; what is longer is cut
    std::chrono::seconds max_age{30 * 24 * 3600};   ///< by the clock, counted from when it was kept
    Clock clock = system_microseconds;
};

/// What stands in the reason file, as JSON, beside what is kept.
///
///     {"time":"2026-11-20T17:00:00.123456Z","source":"runner-1/job.json","error":"expected a JSON value, found the end of the text",
///      "bytes":0,"kept":0,"truncated":false}
struct QuarantineReason {
    std::chrono::time_point<std::chrono::system_clock, std::chrono::duration<std::int64_t, std::micro>> time{};
    std::string source{};    ///< the first 4 KiB of what the tenant called it
    std::string error{};     ///< the first 4 KiB of the error's message
    std::uint64_t bytes = 0; ///< size of the source
    std::uint64_t kept = 0;  ///< how many of them are in the file
    bool truncated = false;
};

namespace detail {

// What to_json makes of it, without its templates, which every program that includes notch.hpp would compile.
inline char* put_reason(char* out, const QuarantineReason& reason) noexcept {
    out = put_time_point(put_plain(out, "{\"time\":"), reason.time, false);
    out = put_text(put_plain(out, ",\"source\":"), reason.source);
    out = put_text(put_plain(out, ",\"error\":"), reason.error);
    out = write_u64(put_plain(out, ",\"bytes\":"), reason.bytes);
    out = write_u64(put_plain(out, ",\"kept\":"), reason.kept);
    return put_plain(put_bool(put_plain(out, ",\"truncated\":"), reason.truncated), "}\n");
}

/// The reason file's bytes.
inline std::string reason_text(const QuarantineReason& reason) {
    std::string out;
    const std::size_t worst = escaped_bound(reason.source.size()) + escaped_bound(reason.error.size()) + 256;
    append_written(out, worst, [&reason](char* at) { return put_reason(at, reason); });
    return out;
}

}  // namespace detail

/// Keeps what could not be read, for a person to look at later.
///
///     auto quarantine = notch::Quarantine::open({.path = "quarantine"});
///     auto text = notch::read_text(*directory, "job.json");
///     auto job = notch::from_json<Job>(*text);
///     if (!job) auto kept = quarantine->keep("runner-1/job.json", *text, job.error());
///     // *kept: 0001795190400123456-000000-cbf29ce484222325, and the same with .json: why
///
/// The bytes that were read are written anew, so it may be on another file system than the source. Their file's name is made of the
/// time in microseconds since 1970, a counter and a hash (FNV-1a) of the bytes, never of a name that the tenant chose. Files have mode 0600
/// in a directory of mode 0700, which is made if absent. A file appears complete and synced, after its reason, or not at all, even
/// when the process is killed or the machine stops; it never replaces another. Leftovers of a killed process go with the next
/// open or keep. Only files with such names are counted and evicted.
///
/// On Windows there are no modes: the directory inherits who may enter it, so make it in one that is private.
///
/// Movable. One thread at a time; any number of Quarantines, also of several processes, may share a directory: they wait for each
/// other, up to ten seconds.
class Quarantine {
public:
    /// Opens the directory. The path is trusted up to its last part, which must not be a symbolic link. A directory that others may
    /// enter is made private while it is empty, else refused, as is another user's. Errors: refused, open_failed, write_failed.
    [[nodiscard]] static Result<Quarantine> open(QuarantineOptions options) {
        const detail::FilePlace place{{}, options.path};
        if (options.path.empty() || options.path.find('\0') != std::string::npos)
            return detail::refusal(place, "the path of a directory", options.path.empty() ? "an empty path" : "a path with a NUL byte");
        Result<detail::QuarantineStore> store = detail::QuarantineStore::open(options.path);
        if (!store) return store.error();
        Quarantine out{static_cast<QuarantineOptions&&>(options), static_cast<detail::QuarantineStore&&>(*store)};
        if (Result<void> done = out.evict(); !done) return done.error();
        return out;
    }

    /// Keeps the bytes that were read of `source`, which had `source_bytes` if that is more. Returns the file's name in the
    /// directory. Errors: limit when the options have no room for a single file, write_failed, read_failed, and failed when another
    /// process does not give up the lock. After an error nothing of it is kept.
    [[nodiscard]] Result<std::string> keep(std::string_view source, std::string_view bytes, const Error& why,
                                           std::uint64_t source_bytes = 0) {
        const std::uint64_t time = now();
        QuarantineReason reason = make_reason(time, source, why);
        reason.bytes = source_bytes > bytes.size() ? source_bytes : bytes.size();
        reason.kept = reason.bytes;
        const std::size_t reason_room = detail::reason_text(reason).size();  // as long as it can get
        if (options_.max_files == 0 || reason_room > options_.max_bytes) return no_room(source);
        reason.kept = bytes.size();
        for (const std::uint64_t most : {options_.max_bytes_each, options_.max_bytes - reason_room})
            if (reason.kept > most) reason.kept = most;
        reason.truncated = reason.kept != reason.bytes;
        return put(time, bytes.substr(0, static_cast<std::size_t>(reason.kept)), detail::reason_text(reason));
    }

    [[nodiscard]] const std::string& path() const noexcept { return options_.path; }

private:
    Quarantine(QuarantineOptions options, detail::QuarantineStore store) noexcept
        : options_{static_cast<QuarantineOptions&&>(options)}, store_{static_cast<detail::QuarantineStore&&>(store)} {}

    [[nodiscard]] std::uint64_t now() const {
        const std::int64_t time = options_.clock();
        return time < 0 ? 0 : static_cast<std::uint64_t>(time);
    }
    [[nodiscard]] detail::QuarantineCaps caps() const noexcept {
        return {options_.max_files, options_.max_bytes, options_.max_age.count()};
    }

    /// By itself, so that the lock is given up before the store moves.
    [[nodiscard]] Result<void> evict() const {
        const detail::QuarantineLock lock{store_};
        if (!lock.got()) return lock.got().error();
        return store_.evict(caps(), now(), 0, 0);
    }

    static QuarantineReason make_reason(std::uint64_t time, std::string_view source, const Error& why) {
        constexpr std::size_t most = 4096;
        QuarantineReason out;
        out.time = decltype(out.time){std::chrono::duration<std::int64_t, std::micro>{static_cast<std::int64_t>(time)}};
        out.source = source.substr(0, most);
        out.error = why.message().substr(0, most);
        return out;
    }

    [[nodiscard]] Error no_room(std::string_view source) const {
        Error error;
        error.code = ErrorCode::limit;
        error.place = detail::FilePlace{options_.path, source}.text();
        error.expected = "room for a file and its reason (max_files, max_bytes)";
        error.found = "none";
        return error;
    }

    Result<std::string> put(std::uint64_t time, std::string_view bytes, std::string_view reason) {
        const detail::QuarantineLock lock{store_};
        if (!lock.got()) return lock.got().error();
        if (Result<void> done = store_.evict(caps(), time, 1, bytes.size() + reason.size()); !done) return done.error();
        return store_.put(time, counter_, bytes, reason);
    }

    QuarantineOptions options_;
    detail::QuarantineStore store_;
    std::uint32_t counter_ = 0;
};

}  // namespace notch::inline NOTCH_ABI

#endif
