// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_TEXT_TABLE_HPP
#define NOTCH_READ_TEXT_TABLE_HPP

#include "../base/plain_list.hpp"
#include "../config.hpp"
#include "../json/word.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace notch::inline NOTCH_ABI::detail {

/// Numbers texts in the order in which they first come: 0, 1, 2, ... The texts stand behind each other in one string.
class TextTable {
public:
    /// The number of the text; size() becomes one more when it is new.
    std::size_t find_or_add(std::string_view text) {
        if (2 * (ends_.size() + 1) > slots_.size()) grow();
        std::size_t& slot = slot_of(text);
        if (slot == 0) {
            all_ += text;
            ends_.push_back(all_.size());
            slot = ends_.size();
        }
        return slot - 1;
    }
    [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }

private:
    /// FNV-1a over words of eight bytes; the keys are the program's own, so nobody makes them collide.
    static std::uint64_t hash(std::string_view text) noexcept {
        constexpr std::uint64_t prime = 0x100000001b3;
        std::uint64_t out = 0xcbf29ce484222325;
        const char* at = text.data();
        const char* const end = at + text.size();
        for (; end - at >= 8; at += 8) {
            out = (out ^ load_8(at)) * prime;
            out ^= out >> 32;
        }
        for (; at != end; ++at) out = (out ^ static_cast<unsigned char>(*at)) * prime;
        return out ^ out >> 29;
    }
    [[nodiscard]] std::string_view text_at(std::size_t index) const noexcept {
        const std::size_t begin = index == 0 ? 0 : ends_[index - 1];
        return std::string_view{all_}.substr(begin, ends_[index] - begin);
    }
    /// Where the text is, or belongs; there is always a free slot.
    std::size_t& slot_of(std::string_view text) noexcept {
        const std::size_t mask = slots_.size() - 1;
        std::size_t at = static_cast<std::size_t>(hash(text)) & mask;
        while (slots_[at] != 0 && text_at(slots_[at] - 1) != text) at = (at + 1) & mask;
        return slots_[at];
    }
    void grow() {
        const std::size_t size = slots_.empty() ? 64 : slots_.size() * 2;
        slots_.clear();
        slots_.resize(size);
        for (std::size_t i = 0; i < ends_.size(); ++i) slot_of(text_at(i)) = i + 1;
    }

    std::string all_{};
    PlainList<std::size_t> ends_{};
    PlainList<std::size_t> slots_{};  // a number and one; 0: free
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
