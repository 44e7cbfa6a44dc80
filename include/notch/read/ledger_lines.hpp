// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_LINES_HPP
#define NOTCH_READ_LEDGER_LINES_HPP

#include "../base/error.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../json/cursor.hpp"
#include "../json/decode.hpp"
#include "../json/limits.hpp"
#include "../macros.hpp"
#include "ledger_buffer.hpp"
#include "ledger_files.hpp"
#include "ledger_scan.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace notch::inline NOTCH_ABI {

/// How a ledger is read.
///
///     auto ledger = notch::LedgerReader::open("events.jsonl", {.rotated = false, .limits = {.max_bytes = 64 * 1024}});
///
/// `limits` hold for each line; max_bytes counts without the newline. Unlike those of from_json they are wide, since a ledger is
/// the program's own: what to_line writes is read back. Memory is at most twice max_bytes and the buffer.
struct LedgerOptions {
    bool rotated = true;                      ///< read the older files first; false: only the file itself
    bool follow_links = false;                ///< the ledger may be a symbolic link, or have further hard links
    std::size_t buffer_bytes = 256 * 1024;    ///< of one read
    Limits limits{.max_bytes = 16 * 1024 * 1024, .max_depth = 1024, .max_string = 16 * 1024 * 1024, .max_elements = 16 * 1024 * 1024};
};

/// A good line of a ledger: one JSON object.
///
///     for (const notch::LedgerLine& line : ledger->lines())
///         if (line.event == "runner_stop") std::printf("%.*s\n", static_cast<int>(line.text.size()), line.text.data());
///
/// The views live until the next line is asked for, or until the callable that was given the line returns.
struct LedgerLine {
    std::string_view text{};   ///< without its newline
    std::string_view event{};  ///< the event's name; empty: it has none
    std::string_view id{};     ///< its `notch_id`; empty: it has none
    std::string_view file{};   ///< path of its file, as that was called when it was opened
    std::uint64_t byte = 0;    ///< where it begins in the file, from 0
    std::uint64_t number = 0;  ///< of the line in the file, from 1
};

/// What a ledger has in place of a line, and why it is none.
///
///     // events.jsonl, line 7, column 42: expected ',' or '}', found the end of the text
///
/// `error` has the file in `place`, the line's number in the file in `line`, and where in it the fault is: in `byte` counted from the
/// start of the file, in `column` from that of the line. A file that cannot be read is told as well. The view lives until the callable
/// returns.
struct BadLine {
    std::string_view text{};   ///< what stands there; of a line over the limit only how it begins
    std::uint64_t size = 0;    ///< of the whole line in bytes
    std::uint64_t byte = 0;    ///< where it begins in the file, from 0
    std::uint64_t number = 0;  ///< of the line in the file, from 1; 0: the file itself is told of
    bool torn = false;         ///< unfinished: it has no newline, or another line is glued to it
    Error error{};
};

/// What a pass over a ledger has seen.
///
///     const auto seen = ledger->visit<RunnerStart>(count);
///     if (seen && seen->bad != 0) std::printf("%d bad lines\n", static_cast<int>(seen->bad));
struct LedgerCounts {
    std::uint64_t files = 0;       ///< opened
    std::uint64_t bytes = 0;       ///< of all lines and their newlines
    std::uint64_t lines = 0;       ///< good ones
    std::uint64_t events = 0;      ///< of `lines`, those that visit() handed on as structs
    std::uint64_t bad = 0;         ///< told as BadLine
    std::uint64_t torn = 0;        ///< of `bad`, the unfinished ones
    std::uint64_t salvaged = 0;    ///< lines found behind a torn start or NUL bytes
    std::uint64_t tail_bytes = 0;  ///< at the end of the newest file behind its last newline: perhaps a line that is being written
};

namespace detail {

/// Whom bad lines are told; not owned. Null: nobody.
struct BadLineTarget {
    void* object = nullptr;
    void (*call)(void* object, const BadLine& bad) = nullptr;

    void tell(const BadLine& bad) const {
        if (call != nullptr) call(object, bad);
    }
};

template <class F>
BadLineTarget bad_line_target(F& f) noexcept {
    return {const_cast<void*>(static_cast<const volatile void*>(&f)),
            [](void* object, const BadLine& bad) { (*static_cast<F*>(object))(bad); }};
}
inline BadLineTarget no_bad_lines() noexcept { return {}; }

class LedgerPass;

NOTCH_INTERNAL_COLD inline Error too_long(const RawLine& line, std::size_t limit) {
    Error error;
    error.code = ErrorCode::limit;
    error.column = 1;
    error.expected = "at most " + std::to_string(limit) + " bytes (max_bytes)";
    error.found = std::to_string(line.size) + " bytes";
    return error;
}
NOTCH_INTERNAL_COLD inline Error torn_line(std::uint64_t size, const char* behind) {
    Error error;
    error.code = ErrorCode::syntax;
    error.column = static_cast<std::size_t>(size) + 1;
    error.byte = static_cast<std::size_t>(size);
    error.expected = "the newline at the end of the line";
    error.found = behind;
    return error;
}
/// The reader's failure; zeros get an error that says what they are.
NOTCH_INTERNAL_COLD inline Error line_error(const Reader& r) {
    Error error = read_error(r);
    const std::string_view text{r.begin, r.left(r.begin)};
    if (error.code == ErrorCode::no_memory || text.find('\0') == std::string_view::npos) return error;
    if (error.byte >= text.size() || text[error.byte] != '\0') return error;
    const std::size_t from = error.byte;
    std::size_t end = from;
    while (end < text.size() && text[end] == '\0') ++end;
    error.code = ErrorCode::encoding;
    error.column = from + 1;
    error.expected = "JSON";
    error.found = std::to_string(end - from) + (end - from == 1 ? " NUL byte" : " NUL bytes");
    return error;
}

}  // namespace detail

/// Goes through the good lines of a ledger, the oldest first; made by LedgerReader::lines.
///
///     for (const notch::LedgerLine& line : ledger->lines()) std::puts(std::string{line.text}.c_str());
///
///     auto lines = ledger->lines();
///     while (const notch::LedgerLine* line = lines.next([](const notch::BadLine& bad) { complain(bad.error); })) use(*line);
///     if (auto done = lines.outcome(); !done) complain(done.error());
///
/// At the end, next() may be called again later: it goes on with what was appended since, and with the file that a rotation has put
/// there. What stands behind the last newline of the newest file is no line yet; in an older file it is told as torn.
/// Not movable. One thread at a time.
class LedgerLines {
public:
    LedgerLines(const LedgerLines&) = delete;
    LedgerLines& operator=(const LedgerLines&) = delete;
    ~LedgerLines() = default;

    /// The next good line, or null when there is none now or an error ended the reading; see outcome().
    [[nodiscard]] const LedgerLine* next() { return next_good(detail::no_bad_lines()); }

    /// The same; `on_bad` is called with a `const BadLine&` for everything on the way that is no good line.
    template <class F>
    [[nodiscard]] const LedgerLine* next(F&& on_bad) {
        return next_good(detail::bad_line_target(on_bad));
    }

    /// Whether reading went well. Errors: read_failed, open_failed, refused, no_memory. Bad lines are no errors of the reading.
    [[nodiscard]] const Result<void>& outcome() const noexcept { return outcome_; }
    [[nodiscard]] const LedgerCounts& counts() const noexcept { return counts_; }

    class iterator {
    public:
        explicit iterator(LedgerLines* lines) : lines_{lines} { ++*this; }
        const LedgerLine& operator*() const noexcept { return *line_; }
        const LedgerLine* operator->() const noexcept { return line_; }
        iterator& operator++() {
            line_ = lines_->next();
            return *this;
        }
        bool operator==(std::nullptr_t) const noexcept { return line_ == nullptr; }

    private:
        LedgerLines* lines_;
        const LedgerLine* line_ = nullptr;
    };
    [[nodiscard]] iterator begin() { return iterator{this}; }
    [[nodiscard]] std::nullptr_t end() const noexcept { return nullptr; }

private:
    friend class LedgerReader;
    friend class detail::LedgerPass;

    LedgerLines(std::string_view path, const LedgerOptions& options)
        : limits_{options.limits},
          files_{path, {options.rotated, options.follow_links}},
          buffer_{options.limits.max_bytes, options.buffer_bytes} {}

    /// The next whole line within the limit, whatever it holds; false at the end.
    NOTCH_INTERNAL_INLINE bool next_raw(const detail::BadLineTarget& target) {
        for (;;) {
            while (buffer_.cut(raw_)) {
                counts_.bytes += raw_.size + 1;
                if (!raw_.too_long) [[likely]]
                    return true;
                tell(target, detail::too_long(raw_, limits_.max_bytes), false);
            }
            if (!read_on(target)) return false;
        }
    }

    const LedgerLine* next_good(const detail::BadLineTarget& target) {
        while (next_raw(target))
            if (scan(target)) return &line_;
        return nullptr;
    }

    /// Whether the raw line is a good one, or ends with a good one; then that is the line.
    bool scan(const detail::BadLineTarget& target) {
        detail::Reader r{raw_.text, limits_};
        detail::LineKeys keys;
        if (!detail::scan_line(r, keys)) return salvage(r, target);
        set_line(keys);
        return true;
    }
    NOTCH_INTERNAL_INLINE void set_line(const detail::LineKeys& keys) {
        line_ = {raw_.text, plain(keys.event, event_), plain(keys.id, id_), path_, raw_.byte, raw_.number};
        ++counts_.lines;
    }
    std::string_view plain(detail::StringToken token, std::string& store) const {
        if (!token.escaped) [[likely]]
            return token.view();
        detail::assign_unescaped(store, token, raw_.text.data() + raw_.text.size());
        return store;
    }

    NOTCH_INTERNAL_COLD bool salvage(const detail::Reader& r, const detail::BadLineTarget& target) {
        const std::string_view good = detail::salvage_line(raw_.text, limits_);
        if (good.empty()) {
            tell(target, detail::line_error(r), false);
            return false;
        }
        const std::size_t size = raw_.text.size() - good.size();
        detail::RawLine whole = raw_;
        raw_.text = whole.text.substr(0, size);
        raw_.size = size;
        const bool zeros = raw_.text.find_first_not_of('\0') == std::string_view::npos;
        tell(target, zeros ? detail::line_error(r) : detail::torn_line(size, "the beginning of another line"), !zeros);
        raw_.text = good;
        raw_.byte = whole.byte + size;
        raw_.size = good.size();
        ++counts_.salvaged;
        detail::Reader again{good, limits_};
        detail::LineKeys keys;
        if (detail::scan_line(again, keys)) set_line(keys);
        return true;
    }

    /// Tells of the raw line; the error's places are within the line so far.
    NOTCH_INTERNAL_COLD void tell(const detail::BadLineTarget& target, Error error, bool torn) {
        ++counts_.bad;
        counts_.torn += torn ? 1U : 0U;
        if (target.call == nullptr) return;
        error.place = detail::printable(path_);
        error.line = static_cast<std::size_t>(raw_.number);
        error.byte += static_cast<std::size_t>(raw_.byte);
        target.tell({raw_.text, raw_.size, raw_.byte, raw_.number, torn, static_cast<Error&&>(error)});
    }

    // ---- from one read, and one file, to the next ------------------------------------------------------------------

    NOTCH_INTERNAL_COLD bool read_on(const detail::BadLineTarget& target) {
        if (!outcome_) return false;
        if (!files_.file().is_open()) return next_file(target);
        switch (buffer_.fill(files_.file().descriptor())) {
            case detail::LineBuffer::Fill::more: return true;
            case detail::LineBuffer::Fill::end: return end_of_file(target);
            case detail::LineBuffer::Fill::failed: return failed(target);
            case detail::LineBuffer::Fill::no_memory: break;
        }
        outcome_ = detail::out_of_memory();
        return false;
    }

    /// A file that fails keeps none of the others from being read; the last one ends the reading.
    bool failed(const detail::BadLineTarget& target) {
        Error error = detail::os_error(ErrorCode::read_failed, detail::printable(path_), "the bytes of the file", buffer_.error());
        const Result<bool> more = files_.has_next();
        if (more && *more) {
            tell_file(target, static_cast<Error&&>(error));
            return next_file(target);
        }
        outcome_ = static_cast<Error&&>(error);
        return false;
    }

    /// A file that another one follows is read to its end once more: its writer may have appended before it knew.
    bool end_of_file(const detail::BadLineTarget& target) {
        if (shrank(target)) return true;
        counts_.tail_bytes = buffer_.tail().size;
        if (std::exchange(followed_, false)) return next_file(target);
        const Result<bool> more = files_.has_next();
        if (!more) outcome_ = more.error();
        followed_ = more && *more;
        return followed_;
    }

    bool next_file(const detail::BadLineTarget& target) {
        const bool first = !files_.file().is_open();
        std::vector<Error> refused;
        const Result<bool> opened = files_.next(refused);
        if (opened && *opened && !first) end_tail(target);
        for (Error& error : refused) {
            last_refusal_ = error;
            tell_file(target, static_cast<Error&&>(error));
        }
        if (!opened) outcome_ = opened.error();
        else if (!*opened && first) outcome_ = last_refusal_;
        if (!opened || !*opened) return false;
        path_ = files_.path();
        ++counts_.files;
        counts_.tail_bytes = 0;
        buffer_.begin_file();
        return true;
    }

    /// What stands behind the last newline of a file that is followed by another one.
    void end_tail(const detail::BadLineTarget& target) {
        raw_ = buffer_.tail();
        if (raw_.size == 0) return;
        counts_.bytes += raw_.size;
        tell(target, raw_.too_long ? detail::too_long(raw_, limits_.max_bytes) : detail::torn_line(raw_.size, "the end of the file"), true);
    }

    /// A file that became shorter than what was read of it has lost lines; it is read from its start, as a new one.
    bool shrank(const detail::BadLineTarget& target) {
        detail::FileStatus status;
        if (detail::find_status(files_.file().descriptor(), status) != 0 || status.size >= buffer_.line_place()) return false;
        const detail::FilePlace place{{}, path_};
        tell_file(target, detail::refusal(place, "a ledger that only grows", "a file that shrank while it was read"));
        buffer_.begin_file();
        return true;
    }

    void tell_file(const detail::BadLineTarget& target, Error error) {
        ++counts_.bad;
        target.tell({{}, 0, 0, 0, false, static_cast<Error&&>(error)});
    }

    Limits limits_;
    detail::LedgerFiles files_;
    std::string path_{};  // of the file that the lines are of
    detail::LineBuffer buffer_;
    detail::RawLine raw_{};
    LedgerLine line_{};
    std::string event_{};  // names with escapes, without them
    std::string id_{};
    LedgerCounts counts_{};
    Result<void> outcome_{};
    Error last_refusal_{};  // why there is nothing to read, where nothing is
    bool followed_ = false;
};

}  // namespace notch::inline NOTCH_ABI

#endif
