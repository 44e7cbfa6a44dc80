// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_LOGROTATE_HPP
#define NOTCH_SINK_LOGROTATE_HPP

#include "../base/clock.hpp"
#include "../base/error.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_process.hpp"
#include "../base/platform_read.hpp"
#include "../base/platform_spawn.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../macros.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace notch::inline NOTCH_ABI {

/// How often logrotate rotates a ledger; `unset`: as the system's logrotate.conf says.
enum class RotateEvery : std::uint8_t { unset, hour, day, week, month, year };

/// What logrotate does with a ledger, and where that is written down.
///
///     notch::LogrotateOptions options;
///     options.rotate = 7;
///     options.every = notch::RotateEvery::day;
struct LogrotateOptions {
    unsigned rotate = 0;                    ///< how many old files are kept; 0: what is rotated is removed
    RotateEvery every = RotateEvery::unset;
    std::uint64_t size = 0;                 ///< bytes from which on it is rotated; with `every`, before its time too; 0: whatever its size
    unsigned mode = 0;                      ///< permissions of the new file; 0: those of the old one
    std::string owner{};                    ///< of the new file, with `group`; empty: the old one's
    std::string group{};
    /// Whom logrotate acts as, with `su_group`: it insists where others than root may write the directory.
    std::string su_user{};
    std::string su_group{};
    /// Old files are compressed, one rotation later: a writer may have been about to append when its file was renamed.
    bool compress = false;
    /// Copies the file and truncates it. **Loses** what is appended between the two, whatever the writer does: only for writers
    /// that do not look whether their file was renamed. FileSink does.
    bool copytruncate = false;
    std::string postrotate{};               ///< shell commands that logrotate runs after a rotation; FileSink needs none

    std::string directory = "/etc/logrotate.d";
    std::string name{};                     ///< of the file there; empty: "notch-" and the ledger's name
    std::string timer = "logrotate.timer";  ///< the systemd unit that is enabled and started; empty: none
    std::chrono::nanoseconds command_timeout = std::chrono::seconds{60};  ///< for each call of systemctl
};

// Templates although none has a type to choose: who does not call them compiles none of it.

namespace detail {

template <class = void>
Error logrotate_error(std::string field, std::string expected, std::string_view found) {
    Error error;
    error.code = ErrorCode::broken_rule;
    error.place = "logrotate";
    error.field = static_cast<std::string&&>(field);
    error.expected = static_cast<std::string&&>(expected);
    error.found = found.empty() ? std::string{"nothing"} : "\"" + std::string{found} + "\"";
    return error;
}

/// A path as one word of logrotate's: it takes the text in quotes apart as a shell does, and then as a pattern.
template <class = void>
std::string logrotate_word(std::string_view path) {
    std::string out = "\"";
    for (const char c : path) {
        if (std::string_view{"*?[\\\""}.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out += '"';
}

/// logrotate looks for braces before it looks for quotes, and ends a word at a newline.
inline bool is_logrotate_path(std::string_view path) noexcept {
    for (const char c : path)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == '{' || c == '}') return false;
    return path.starts_with('/') && !path.ends_with('/');
}

/// Names of users and groups stand on a line with others, unquoted.
inline bool is_account(std::string_view name) noexcept {
    for (const char c : name)
        if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7f || c == '"' || c == '\'' || c == '\\' || c == '#') return false;
    return !name.empty();
}

/// Both of a pair or neither.
template <class = void>
Result<void> check_accounts(const char* field, const std::string& user, const std::string& group) {
    if ((user.empty() && group.empty()) || (is_account(user) && is_account(group))) return {};
    return logrotate_error(field, "the names of a user and a group, or neither", user + ' ' + group);
}

/// A line of the script that logrotate would take for its end.
inline bool ends_script(std::string_view script) noexcept {
    while (!script.empty()) {
        const std::string_view line = script.substr(0, script.find('\n'));
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin != std::string_view::npos && line.substr(begin).starts_with("endscript")) return true;
        script.remove_prefix(line.size() < script.size() ? line.size() + 1 : line.size());
    }
    return false;
}

template <class = void>
Result<void> check_logrotate(std::string_view path, const LogrotateOptions& options) {
    if (!is_logrotate_path(path))
        return logrotate_error("/path", "an absolute path of a file, without control characters and braces", path);
    if (options.mode > 07777) return logrotate_error("/mode", "permissions, at most 07777", std::to_string(options.mode));
    if (Result<void> good = check_accounts("/owner", options.owner, options.group); !good) return good;
    if (Result<void> good = check_accounts("/su_user", options.su_user, options.su_group); !good) return good;
    if (options.postrotate.find('\0') != std::string::npos || ends_script(options.postrotate))
        return logrotate_error("/postrotate", "commands without a NUL and without a line that begins with endscript", options.postrotate);
    return {};
}

inline void add_logrotate_line(std::string& out, std::string_view word, std::string_view rest = {}) {
    out += "    ";
    out += word;
    if (!rest.empty()) (out += ' ') += rest;
    out += '\n';
}

template <class = void>
std::string logrotate_create(const LogrotateOptions& options) {
    std::string out = "create";
    if (options.mode != 0) {
        char digits[] = " 0000";
        for (unsigned i = 4, left = options.mode; i > 0; --i, left /= 8) digits[i] = static_cast<char>('0' + left % 8);
        out += digits;
    }
    if (!options.owner.empty()) out += ' ' + options.owner + ' ' + options.group;
    return out;
}

template <class = void>
std::string logrotate_stanza(std::string_view path, const LogrotateOptions& options) {
    constexpr std::string_view intervals[] = {"", "hourly", "daily", "weekly", "monthly", "yearly"};
    const std::string_view interval = intervals[static_cast<std::size_t>(options.every)];
    std::string out = logrotate_word(path) + " {\n";
    add_logrotate_line(out, "rotate", std::to_string(options.rotate));
    if (!interval.empty()) add_logrotate_line(out, interval);
    if (options.size != 0) add_logrotate_line(out, interval.empty() ? "size" : "maxsize", std::to_string(options.size));
    add_logrotate_line(out, "missingok");
    add_logrotate_line(out, "notifempty");
    add_logrotate_line(out, options.copytruncate ? std::string{"copytruncate"} : logrotate_create(options));
    if (!options.su_user.empty()) add_logrotate_line(out, "su", options.su_user + ' ' + options.su_group);
    if (options.compress) {
        add_logrotate_line(out, "compress");
        add_logrotate_line(out, "delaycompress");
    }
    if (!options.postrotate.empty()) {
        add_logrotate_line(out, "postrotate");
        out += options.postrotate;
        if (!options.postrotate.ends_with('\n')) out += '\n';
        add_logrotate_line(out, "endscript");
    }
    return out += "}\n";
}

/// The file's own name among those of all programs, when the user gives none.
template <class = void>
std::string logrotate_name(std::string_view path) {
    std::string out = "notch-";
    for (const char c : path.substr(path.rfind('/') + 1)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
        out += plain ? c : '_';
    }
    return out;
}

/// How a file begins that was made for this ledger.
template <class = void>
std::string logrotate_heading(std::string_view path) { return "# Made by notch for " + std::string{path} + '\n'; }

template <class = void>
Error logrotate_os_error(ErrorCode code, const LogrotateOptions& options, const std::string& name, std::string_view what, int number) {
    return os_error(code, "write " + options.directory + '/' + name, std::string{what}, number);
}

/// What another program, or another ledger, has put under the name is not replaced.
template <class = void>
Result<void> check_logrotate_file(int directory, const LogrotateOptions& options, const std::string& name, std::string_view heading) {
    const Opened opened = open_part(directory, name.c_str(), open_to_read);
    if (opened.error == ENOENT) return {};
    if (opened.error != 0) return logrotate_os_error(ErrorCode::open_failed, options, name, "a file that may be replaced", opened.error);
    std::string begin(heading.size(), '\0');
    const ReadOutcome read = read_bytes(opened.file.descriptor(), begin.data(), begin.size(), begin.size());
    if (read.error != 0) return logrotate_os_error(ErrorCode::read_failed, options, name, "a file that may be replaced", read.error);
    if (begin == heading) return {};
    Error error = logrotate_error("/name", "a file that was made for this ledger, or none", name);
    error.code = ErrorCode::refused;
    error.found = "a file with something else";
    return error;
}

/// The errno, or 0. Nothing is left of what could not be put in its place.
inline int place_file(int directory, const std::string& draft, const std::string& name, std::string_view text) {
    const Opened made = make_file(directory, draft.c_str(), 0600);
    if (made.error != 0) return made.error;
    int error = write_bytes(made.file.descriptor(), text).error;
    if (error == 0) error = set_mode(made.file.descriptor(), 0644);  // logrotate passes over files that others may write
    if (error == 0) error = sync_to_disk(made.file.descriptor());
    if (error == 0) error = move_name(directory, draft.c_str(), directory, name.c_str());
    if (error != 0) remove_file(directory, draft.c_str());
    return error != 0 ? error : sync_to_disk(directory);
}

template <class = void>
Result<void> write_logrotate_file(const LogrotateOptions& options, const std::string& name, std::string_view heading,
                                  std::string_view stanza) {
    const Opened directory = open_own_directory(options.directory.c_str());
    if (directory.error != 0) return logrotate_os_error(ErrorCode::open_failed, options, name, "a directory", directory.error);
    if (Result<void> mine = check_logrotate_file(directory.file.descriptor(), options, name, heading); !mine) return mine;
    // logrotate passes over names that end like this.
    const std::string draft = name + '.' + std::to_string(unique_number()) + '~';
    const int error = place_file(directory.file.descriptor(), draft, name, std::string{heading} + std::string{stanza});
    if (error != 0) return logrotate_os_error(ErrorCode::write_failed, options, name, "all bytes written", error);
    return {};
}

template <class = void>
Error command_error(std::string_view command, const CommandOutcome& outcome) {
    if (outcome.error != 0) return os_error(ErrorCode::failed, std::string{command}, "exit status 0", outcome.error);
    Error error;
    error.code = ErrorCode::failed;
    error.place = std::string{command};
    error.expected = "exit status 0";
    error.found = outcome.signal != 0 ? "signal " + std::to_string(outcome.signal) : "exit status " + std::to_string(outcome.status);
    return error;
}

template <class = void>
Result<void> enable_timer(const LogrotateOptions& options) {
    const char* const timer = options.timer.c_str();
    const std::int64_t patience = options.command_timeout.count();
    const char* const enable[] = {"systemctl", "enable", timer, nullptr};
    const char* const is_active[] = {"systemctl", "is-active", "--quiet", timer, nullptr};
    const char* const start[] = {"systemctl", "start", timer, nullptr};
    CommandOutcome outcome = run_command(enable, patience);
    if (!outcome.is_good()) return command_error("systemctl enable " + options.timer, outcome);
    outcome = run_command(is_active, patience);
    if (outcome.is_good()) return {};
    if (outcome.error != 0 || outcome.signal != 0) return command_error("systemctl is-active --quiet " + options.timer, outcome);
    outcome = run_command(start, patience);
    if (!outcome.is_good()) return command_error("systemctl start " + options.timer, outcome);
    return {};
}

}  // namespace detail

/// What logrotate is to be told of a ledger, as text for a file of its own.
///
///     std::fputs(notch::logrotate_config("/var/log/app/events.jsonl", {.rotate = 7})->c_str(), stdout);
///     // "/var/log/app/events.jsonl" {
///     //     rotate 7
///     //     missingok
///     //     notifempty
///     //     create
///     // }
///
/// Any thread. Blanks, quotes and characters of patterns in the path stand for themselves. ErrorCode::broken_rule: a path that is not
/// absolute or has control characters or braces, which logrotate cannot be told of; an owner without its group; a line of
/// `postrotate` that would end it.
template <class = void>
[[nodiscard]] Result<std::string> logrotate_config(std::string_view path, const LogrotateOptions& options = {}) {
    Result<void> good = detail::check_logrotate(path, options);
    if (!good) return static_cast<Result<void>&&>(good).error();
    return detail::logrotate_stanza(path, options);
}

/// Has the system's logrotate rotate a ledger: writes what logrotate_config gives to `options.directory`, whole or not at all, then
/// has systemd enable logrotate's timer and start it when it is not active.
///
///     if (auto done = notch::setup_logrotate("/var/log/app/events.jsonl"); !done) std::puts(done.error().message().c_str());
///     // systemctl enable logrotate.timer: expected exit status 0, found No such file or directory (errno 2)
///
/// Runs systemctl as PATH has it, without a shell, and waits for it. Any thread, root as a rule. Errors: those of logrotate_config;
/// ErrorCode::refused when the file there was made for something else; open_failed, read_failed, write_failed; failed, with the command
/// in `place`, when one fails: then the file is written all the same. Errno ECHILD: the program ignores SIGCHLD, so the command's end is
/// unknown.
template <class = void>
Result<void> setup_logrotate(std::string_view path, const LogrotateOptions& options = {}) {
    const Result<std::string> stanza = logrotate_config(path, options);
    if (!stanza) return stanza.error();
    const std::string name = options.name.empty() ? detail::logrotate_name(path) : options.name;
    if (name.find('/') != std::string::npos || name.find('\0') != std::string::npos || name.starts_with('.'))
        return detail::logrotate_error("/name", "a name of a file that does not begin with a dot", name);
    Result<void> written = detail::write_logrotate_file(options, name, detail::logrotate_heading(path), *stanza);
    if (!written || options.timer.empty()) return written;
    return detail::enable_timer(options);
}

}  // namespace notch::inline NOTCH_ABI

#endif
