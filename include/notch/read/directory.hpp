// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_DIRECTORY_HPP
#define NOTCH_READ_DIRECTORY_HPP

#include "../base/error.hpp"
#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_read.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../json/locate.hpp"
#include "../macros.hpp"

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>

namespace notch::inline NOTCH_ABI {
namespace detail {

// ---- names ---------------------------------------------------------------------------------------------------------

/// Of a name's last part that no open file may have.
constexpr bool is_special_part(std::string_view part) noexcept { return part.empty() || part == "." || part == ".."; }

/// Why a name is not one beneath a directory; null when it is.
constexpr const char* name_fault(std::string_view name) noexcept {
    if (name.empty()) return "an empty name";
    if (name.find('\0') != std::string_view::npos) return "a name with a NUL byte";
    if (name.front() == '/') return "an absolute path";
    for (std::size_t at = 0; at <= name.size();) {
        const std::size_t slash = name.find('/', at);
        const std::size_t end = slash == std::string_view::npos ? name.size() : slash;
        const std::string_view part = name.substr(at, end - at);
        if (is_special_part(part)) return "a part that is empty, \".\" or \"..\"";
        if (const char* fault = part_fault(part)) return fault;
        at = end + 1;
    }
    return nullptr;
}

/// A name as it may stand in a message: its writer may be hostile, and control characters command terminals and forge lines.
/// What is no UTF-8 is shown by its bytes, too.
inline std::string printable(std::string_view name) {
    std::string out;
    for_each_character(name, [&out](std::string_view character, bool valid) {
        if (valid && character.front() != '\0' && steering_code(character) == 0) {
            out.append(character);
            return;
        }
        for (const char c : character) {
            const auto byte = static_cast<unsigned char>(c);
            out += "\\x";
            out += hex_character(byte >> 4);
            out += hex_character(byte);
        }
    });
    return out;
}

/// What an error names; put together only when there is one.
struct FilePlace {
    std::string_view directory;  ///< empty: the name is a path by itself
    std::string_view name;

    [[nodiscard]] std::string text() const {
        if (directory.empty()) return printable(name);
        return printable(directory) + (directory.back() == '/' ? "" : "/") + printable(name);
    }
};

// ---- errors --------------------------------------------------------------------------------------------------------

NOTCH_INTERNAL_COLD inline Error refusal(const FilePlace& place, std::string expected, std::string found, int number = 0) {
    Error error;
    error.code = ErrorCode::refused;
    error.os_error = number;
    error.place = place.text();
    error.expected = static_cast<std::string&&>(expected);
    error.found = static_cast<std::string&&>(found);
    return error;
}

/// What an errno of opening says of the file itself; null when it says something of the system.
constexpr const char* refused_kind(int number) noexcept {
    switch (number) {
        case ELOOP: return "a symbolic link";
        case EMLINK: return "a symbolic link";  // as some BSDs tell it
        case EXDEV: return "another file system mounted there";
        case ENXIO: return "a socket, or a device without a driver";
        case ENOTDIR: return "something else in a directory's place";
        case EOVERFLOW: return "a file too large for this program";
        default: return nullptr;
    }
}

NOTCH_INTERNAL_COLD inline Error open_error(const FilePlace& place, const char* expected, int number) {
    if (const char* found = refused_kind(number)) return refusal(place, expected, found, number);
    return os_error(ErrorCode::open_failed, place.text(), expected, number);
}

}  // namespace detail

/// Goes through the names in a directory; made by Directory::names.
///
///     auto names = directory->names();
///     if (!names) return complain(names.error());
///     for (auto name = names->next(); name && !name->empty(); name = names->next()) visit(*name);
///
/// Takes the same memory however many names there are. The order is the system's. A name may stand for anything, or nothing any
/// more. One thread at a time.
class DirectoryNames {
public:
    /// The next name, without "." and ".."; empty at the end. Lives until the next call. Errors: read_failed.
    [[nodiscard]] Result<std::string_view> next() {
        int number = 0;
        const char* const name = stream_.next(number);
        if (number != 0) return detail::os_error(ErrorCode::read_failed, detail::printable(path_), "the names in a directory", number);
        return name == nullptr ? std::string_view{} : std::string_view{name};
    }

private:
    friend class Directory;
    DirectoryNames(detail::NameStream stream, std::string path)
        : stream_{static_cast<detail::NameStream&&>(stream)}, path_{static_cast<std::string&&>(path)} {}

    detail::NameStream stream_;
    std::string path_;
};

/// A handle of a directory beneath which an untrusted writer may do what it likes: nothing read through it leaves it.
///
///     auto directory = notch::Directory::open("/var/lib/runners");
///     if (!directory) return complain(directory.error());
///     auto job = notch::read_file<Job>(*directory, "runner-1/job.json", {.max_bytes = 1024});
///
/// The handle stays on the directory that was opened, whatever is renamed or exchanged. A name has one or more parts separated
/// by "/"; none may be empty, "." or "..", be a symbolic link, or lie on another mount. On Linux one openat2(2) resolves a name;
/// where the kernel (before 5.6) or a seccomp filter refuses that call, and elsewhere, each part is opened in the one before it.
/// The handle remembers which of the two works. On Windows names are UTF-8 and parts are opened one in the other; a reparse point of
/// any kind is refused like a link, and so is a part that would be another name there: one of a device (CON, COM1.txt), with a colon or
/// backslash, with a dot or space at its end, or short (LONGNA~1.TXT).
///
/// Movable, not copyable. Any number of threads may read through one handle at the same time.
class Directory {
public:
    /// Opens a directory. The path is the program's own and trusted up to its last part, which must not be a symbolic link;
    /// with a "/" at its end, that is trusted too. `opening` is for tests: the walk can be asked for.
    /// Errors: refused (a link, not a directory, an empty path or one with a NUL byte), open_failed.
    [[nodiscard]] static Result<Directory> open(std::string_view path, detail::Opening opening = detail::Opening::kernel) {
        const detail::FilePlace place{{}, path};
        if (path.empty() || path.find('\0') != std::string_view::npos)
            return detail::refusal(place, "the path of a directory", path.empty() ? "an empty path" : "a path with a NUL byte");
        std::string own{path};
        detail::Opened opened = detail::open_part(detail::working_directory, own.c_str(), detail::open_to_search);
        if (opened.error != 0) return detail::open_error(place, "a directory", opened.error);
        return Directory{static_cast<detail::File&&>(opened.file), static_cast<std::string&&>(own), opening};
    }

    Directory(Directory&& other) noexcept
        : file_{static_cast<detail::File&&>(other.file_)},
          path_{static_cast<std::string&&>(other.path_)},
          opening_{other.opening_.load(std::memory_order_relaxed)} {}
    Directory& operator=(Directory&& other) noexcept {
        file_ = static_cast<detail::File&&>(other.file_);
        path_ = static_cast<std::string&&>(other.path_);
        opening_.store(other.opening_.load(std::memory_order_relaxed), std::memory_order_relaxed);
        return *this;
    }
    ~Directory() = default;

    /// Opens a directory beneath this one, by the rules for names. Errors: refused, open_failed.
    [[nodiscard]] Result<Directory> open_directory(std::string_view name) const {
        Result<detail::File> file = open_beneath(name, detail::open_to_search, "a directory");
        if (!file) return file.error();
        return Directory{static_cast<detail::File&&>(*file), path_of(name), opening_.load(std::memory_order_relaxed)};
    }

    /// The names in this directory itself. Errors: open_failed, among others when the process may search but not list it.
    [[nodiscard]] Result<DirectoryNames> names() const {
        detail::NameStream stream;
        const int number = stream.open(file_.descriptor());
        if (number != 0) return detail::open_error({{}, path_}, "a directory that may be listed", number);
        return DirectoryNames{static_cast<detail::NameStream&&>(stream), path_};
    }

    /// The path it was opened by. For messages: something else may stand there by now.
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// For the calls of base/platform_directory.hpp; it may be one that can only be searched.
    [[nodiscard]] int descriptor() const noexcept { return file_.descriptor(); }

    /// A descriptor of whatever stands under the name; read_text decides whether it is to be read.
    [[nodiscard]] Result<detail::File> open_file(std::string_view name) const {
        return open_beneath(name, detail::open_to_read, "a regular file");
    }

private:
    Directory(detail::File file, std::string path, detail::Opening opening) noexcept
        : file_{static_cast<detail::File&&>(file)}, path_{static_cast<std::string&&>(path)}, opening_{opening} {}

    [[nodiscard]] std::string path_of(std::string_view name) const {
        std::string out = path_;
        if (out.back() != '/') out += '/';
        out += name;
        return out;
    }

    Result<detail::File> open_beneath(std::string_view name, int flags, const char* expected) const {
        if (const char* fault = detail::name_fault(name)) return detail::refusal({path_, name}, "a name beneath the directory", fault);
        const detail::Opening before = opening_.load(std::memory_order_relaxed);
        detail::Opening opening = before;
        detail::Opened opened = detail::open_beneath(file_.descriptor(), std::string{name}, flags, opening);
        if (opening != before) opening_.store(opening, std::memory_order_relaxed);
        if (opened.error != 0) return detail::open_error({path_, name}, expected, opened.error);
        return static_cast<detail::File&&>(opened.file);
    }

    detail::File file_;
    std::string path_;
    mutable std::atomic<detail::Opening> opening_;  // only ever goes from kernel to walk
};

}  // namespace notch::inline NOTCH_ABI

#endif
