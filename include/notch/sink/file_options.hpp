// SPDX-License-Identifier: MIT
#ifndef NOTCH_SINK_FILE_OPTIONS_HPP
#define NOTCH_SINK_FILE_OPTIONS_HPP

#include "../base/clock.hpp"
#include "../config.hpp"

#include <string>

namespace notch::inline NOTCH_ABI {

/// Where a ledger is, what may stand there, and how it is shared with other processes.
///
///     notch::FileSink sink{notch::FileOptions{.path = "events.jsonl", .mode = 0640}};
struct FileOptions {
    std::string path{};
    unsigned mode = 0600;             ///< permissions of a file that is made; an existing file keeps its own
    bool follow_links = false;        ///< accept a symbolic link as the path's last part
    bool allow_fifo = false;          ///< accept a FIFO; one without a reader is an error
    bool allow_block_device = false;  ///< accept a block device
    bool create_directory = false;    ///< make the directories that are missing, with mode 0700; otherwise that is an error
    /// Each batch is written under the file's lock, flock(2), which all notch writers take. false: no other process writes this file.
    bool lock = true;
    std::chrono::nanoseconds lock_timeout = std::chrono::seconds{5};  ///< longer than this is an error
};

}  // namespace notch::inline NOTCH_ABI

#endif
