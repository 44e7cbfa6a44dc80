// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_LEDGER_PATH_HPP
#define NOTCH_SINK_LEDGER_PATH_HPP

#include "../base/platform.hpp"
#include "../base/platform_directory.hpp"
#include "../base/platform_ledger.hpp"
#include "../base/platform_read.hpp"
#include "../config.hpp"
#include "ledger_names.hpp"

#include <cstddef>
#include <string>
#include <string_view>

// A ledger's path, and the directory in which its files stand. What returns an int returns the errno, or 0.

namespace notch::inline NOTCH_ABI::detail {

/// The path in its two parts.
struct LedgerPath {
    explicit LedgerPath(std::string_view path) {
        const std::size_t slash = path.find_last_of(path_separators);
        const std::size_t size = slash == std::string_view::npos ? 0 : slash + 1;
        directory = path.substr(0, size);
        name = path.substr(size);
    }

    /// Opened, so that it can be listed and synced.
    [[nodiscard]] Opened open() const { return open_directory_of_ledger(directory.empty() ? "." : directory.c_str()); }

    std::string directory{};  ///< with its last slash; empty: the one where the process stands
    std::string name{};
};

/// Calls `visit(name, what it says)` for every file of the ledger that an open directory has, in any order.
template <class Visit>
int for_each_ledger_name(int directory, std::string_view base, Visit visit) {
    NameStream names;
    int error = names.open(directory);
    if (error != 0) return error;
    while (const char* const name = names.next(error)) {
        const LedgerName read = read_ledger_name(name, base);
        if (read.age != LedgerName::Age::foreign) visit(std::string_view{name}, read);
    }
    return error;
}

/// Makes the directories that a path goes through and that are not there, for this user alone.
inline int make_directories(const std::string& directory) {
    for (std::size_t end = directory.find_first_of(path_separators, 1); end != std::string::npos;
         end = directory.find_first_of(path_separators, end + 1)) {
        const std::string part = directory.substr(0, end);
        FileStatus status;
        if (find_status_of(part.c_str(), true, status) == 0) continue;
        const int error = make_directory(part.c_str(), 0700);
        if (error != 0 && error != EEXIST) return error;
    }
    return 0;
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
