// SPDX-License-Identifier: MIT
// Whether a text is JSON, in the most obvious way: RFC 8259 rule by rule, a byte at a time, a function calling itself for
// what is nested. What the fuzzer holds the real reader against.
#ifndef NOTCH_TESTS_FUZZ_PLAIN_JSON_HPP
#define NOTCH_TESTS_FUZZ_PLAIN_JSON_HPP

#include <cstddef>
#include <string_view>

namespace fuzz {

class PlainJson {
public:
    explicit PlainJson(std::string_view text) : text_{text} {}

    bool valid() {
        space();
        if (!value()) return false;
        space();
        return text_.empty();
    }

private:
    [[nodiscard]] bool next_is(char c) const { return !text_.empty() && text_.front() == c; }
    [[nodiscard]] unsigned byte(std::size_t at) const {
        return at < text_.size() ? static_cast<unsigned char>(text_[at]) : 0x100;
    }
    void skip(std::size_t n) { text_.remove_prefix(n); }
    bool take(std::string_view word) {
        if (text_.substr(0, word.size()) != word) return false;
        skip(word.size());
        return true;
    }
    void space() {
        while (next_is(' ') || next_is('\t') || next_is('\n') || next_is('\r')) skip(1);
    }
    bool value() {
        if (next_is('{')) return list('}', true);
        if (next_is('[')) return list(']', false);
        if (next_is('"')) return string();
        return take("true") || take("false") || take("null") || number();
    }
    bool list(char closer, bool object) {
        skip(1);
        space();
        if (take({&closer, 1})) return true;
        for (;;) {
            if (object && !key()) return false;
            if (!value()) return false;
            space();
            if (take({&closer, 1})) return true;
            if (!take(",")) return false;
            space();
        }
    }
    bool key() {
        if (!next_is('"') || !string()) return false;
        space();
        if (!take(":")) return false;
        space();
        return true;
    }
    bool digits() {
        std::size_t n = 0;
        while (byte(n) >= '0' && byte(n) <= '9') ++n;
        skip(n);
        return n != 0;
    }
    bool number() {
        take("-");
        if (!take("0") && !digits()) return false;
        if (take(".") && !digits()) return false;
        if (!take("e") && !take("E")) return true;
        if (!take("+")) take("-");
        return digits();
    }
    bool string() {
        skip(1);
        while (!take("\"")) {
            if (byte(0) == '\\' ? !escape() : !character()) return false;
        }
        return true;
    }
    bool escape() {
        if (byte(1) != 'u') {
            const bool known =
                byte(1) < 0x80 && std::string_view{"\"\\/bfnrt"}.find(text_[1]) != std::string_view::npos;
            if (known) skip(2);
            return known;
        }
        const unsigned unit = hexadecimal();
        if (unit >= 0xd800 && unit < 0xdc00) {
            const unsigned low = hexadecimal();
            return low >= 0xdc00 && low < 0xe000;
        }
        return unit < 0xdc00 || (unit >= 0xe000 && unit < 0x10000);
    }
    /// Takes the six characters of an escape; 0x10000 when these are none.
    unsigned hexadecimal() {
        if (byte(0) != '\\' || byte(1) != 'u') return 0x10000;
        unsigned unit = 0;
        for (std::size_t at = 2; at < 6; ++at) {
            const std::size_t digit =
                byte(at) < 0x80 ? std::string_view{"0123456789abcdefABCDEF"}.find(text_[at]) : std::string_view::npos;
            if (digit == std::string_view::npos) return 0x10000;
            unit = unit * 16 + static_cast<unsigned>(digit < 16 ? digit : digit - 6);
        }
        skip(6);
        return unit;
    }
    /// One character that stands for itself, as UTF-8: the bits of its code point, put together and looked at.
    bool character() {
        const unsigned lead = byte(0);
        if (lead < 0x80) {
            skip(1);
            return lead >= 0x20;
        }
        const std::size_t size = lead >= 0xf8 ? 0 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 0;
        if (size == 0) return false;
        unsigned long code = lead & (0xffU >> (size + 1));
        for (std::size_t at = 1; at < size; ++at) {
            if (byte(at) < 0x80 || byte(at) > 0xbf) return false;
            code = code << 6 | (byte(at) & 0x3f);
        }
        constexpr unsigned long least[] = {0, 0, 0x80, 0x800, 0x10000};
        skip(size);
        return code >= least[size] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    }

    std::string_view text_;
};

}  // namespace fuzz

#endif
