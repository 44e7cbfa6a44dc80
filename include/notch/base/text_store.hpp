// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_TEXT_STORE_HPP
#define NOTCH_BASE_TEXT_STORE_HPP

#include "plain_list.hpp"
#include "../config.hpp"

#include <string>
#include <string_view>

namespace notch::inline NOTCH_ABI::detail {

/// Keeps texts where they are: a view of one stays good until clear(), however many are added.
class TextStore {
public:
    TextStore() = default;
    TextStore(const TextStore&) = delete;
    TextStore& operator=(const TextStore&) = delete;
    ~TextStore() { clear(); }

    std::string& add(std::string_view text) {
        texts_.push_back(nullptr);
        texts_.back() = new std::string{text};
        return *texts_.back();
    }
    void clear() noexcept {
        for (const std::string* text : texts_) delete text;
        texts_.clear();
    }
    [[nodiscard]] const PlainList<std::string*>& texts() const noexcept { return texts_; }

private:
    PlainList<std::string*> texts_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
