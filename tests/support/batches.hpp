// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

// For tests that hand batches to a sink themselves.

namespace test {

/// Lines `{"text":0}`, `{"text":1}`, ... as a recorder would hand them on.
class Lines {
public:
    explicit Lines(const std::string& text, std::size_t count = 1) {
        for (std::size_t i = 0; i < count; ++i) add("{\"" + text + "\":" + std::to_string(i) + "}\n");
    }
    [[nodiscard]] notch::Batch batch() const { return {bytes_, infos_}; }
    [[nodiscard]] const std::string& text() const { return bytes_; }
    /// The first of them.
    [[nodiscard]] std::string first(std::size_t count) const {
        std::size_t size = 0;
        for (std::size_t i = 0; i < count; ++i) size += infos_[i].size;
        return bytes_.substr(0, size);
    }

private:
    void add(const std::string& line) {
        bytes_ += line;
        notch::LineInfo info;
        info.size = line.size();
        infos_.push_back(info);
    }
    std::string bytes_;
    std::vector<notch::LineInfo> infos_;
};

/// What on_error was told.
struct ToldErrors {
    std::mutex mutex;
    std::vector<notch::Error> list;
    [[nodiscard]] notch::RecorderOptions options() {
        notch::RecorderOptions out;
        out.on_error = [this](const notch::Error& error) {
            const std::lock_guard lock{mutex};
            list.push_back(error);
        };
        return out;
    }
    [[nodiscard]] std::size_t count() {
        const std::lock_guard lock{mutex};
        return list.size();
    }
};

}  // namespace test
