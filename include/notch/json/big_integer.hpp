// SPDX-License-Identifier: MIT
#ifndef NOTCH_JSON_BIG_INTEGER_HPP
#define NOTCH_JSON_BIG_INTEGER_HPP

#include "../config.hpp"
#include "../macros.hpp"

#include <cstdint>
#include <cstring>

namespace notch::inline NOTCH_ABI::detail {

/// A whole number of up to 4160 bits: 801 digits, or the power of five for as many places, take 2800.
class BigInteger {
public:
    explicit BigInteger(std::uint64_t v) noexcept {
        limb_[0] = static_cast<std::uint32_t>(v);
        limb_[1] = static_cast<std::uint32_t>(v >> 32);
        size_ = 2;
        trim();
    }

    void multiply_add(std::uint32_t factor, std::uint32_t carry) noexcept {
        for (unsigned at = 0; at < size_; ++at) {
            const std::uint64_t sum = std::uint64_t{limb_[at]} * factor + carry;
            limb_[at] = static_cast<std::uint32_t>(sum);
            carry = static_cast<std::uint32_t>(sum >> 32);
        }
        if (carry != 0) limb_[size_++] = carry;
    }

    void multiply_by_power_of_5(unsigned exponent) noexcept {
        for (; exponent >= 13; exponent -= 13) multiply_add(1220703125, 0);  // 5^13, the last below 2^32
        std::uint32_t factor = 1;
        while (exponent-- > 0) factor *= 5;
        multiply_add(factor, 0);
    }

    void shift_left(unsigned bits) noexcept {
        multiply_add(std::uint32_t{1} << bits % 32, 0);
        const unsigned limbs = bits / 32;
        std::memmove(limb_ + limbs, limb_, size_ * sizeof *limb_);
        std::memset(limb_, 0, limbs * sizeof *limb_);
        size_ += limbs;
        trim();
    }

    /// Negative, zero or positive.
    static int compare(const BigInteger& a, const BigInteger& b) noexcept {
        if (a.size_ != b.size_) return a.size_ < b.size_ ? -1 : 1;
        for (unsigned at = a.size_; at-- > 0;) {
            if (a.limb_[at] != b.limb_[at]) return a.limb_[at] < b.limb_[at] ? -1 : 1;
        }
        return 0;
    }

private:
    void trim() noexcept {
        while (size_ != 0 && limb_[size_ - 1] == 0) --size_;
    }

    std::uint32_t limb_[130];
    unsigned size_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
