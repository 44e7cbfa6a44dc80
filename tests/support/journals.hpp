// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include "temporary.hpp"

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

// What a process leaves behind that is killed is what its journal's file holds at that moment: a copy of the file, taken at any
// point, is the journal of a process that died there. So nothing has to die in most tests.

namespace test {

inline void put(const std::string& path, const std::string& bytes) { std::ofstream{path, std::ios::binary | std::ios::trunc} << bytes; }

inline bool exists(const std::string& path) { return std::ifstream{path}.good(); }

/// Copies a live recorder's journal.
inline void copy_journal(const std::string& from, const std::string& to) { put(to, contents(from)); }

/// Keeps what it is told.
struct Errors {
    std::vector<std::string> all;
    [[nodiscard]] notch::ErrorHandler handler() {
        return [this](const notch::Error& error) { all.push_back(error.message()); };
    }
};

/// No thread of its own: nothing is handed on before the test says so.
inline notch::RecorderOptions journaled(const std::string& path, std::size_t queue_bytes = 16 * 1024) {
    notch::RecorderOptions options;
    options.journal = path;
    options.thread = false;
    options.queue_bytes = queue_bytes;
    options.batch_bytes = 4096;
    return options;
}

}  // namespace test
