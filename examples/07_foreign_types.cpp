// SPDX-License-Identifier: MIT
// Another library's type becomes a field by two functions in that library's namespace: one to write it, one to read it.
#include "notch.hpp"

#include <cstdio>

namespace other {  // stands for a library that knows nothing of notch
struct Uuid {
    std::uint8_t bytes[16];
};
}  // namespace other

namespace other {
std::string notch_value(const Uuid& uuid) {
    std::string text;
    for (const std::uint8_t byte : uuid.bytes) {
        if (text.size() == 8 || text.size() == 13 || text.size() == 18 || text.size() == 23) text += '-';
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

bool notch_from(std::string_view text, Uuid& uuid) {
    std::size_t digits = 0;
    for (const char c : text) {
        if (c == '-') continue;
        const std::size_t digit = std::string_view{"0123456789abcdef"}.find(c);
        if (digit == std::string_view::npos || digits == 32) return false;
        std::uint8_t& byte = uuid.bytes[digits++ / 2];
        byte = static_cast<std::uint8_t>(byte * 16u + digit);
    }
    return digits == 32;
}
}  // namespace other

struct DiskAttached {
    other::Uuid disk;
    std::vector<other::Uuid> replicas;
};

int main() {
    const other::Uuid id{
        {0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00}};
    const std::string json = notch::to_json(DiskAttached{id, {id}});
    std::puts(json.c_str());

    const auto back = notch::from_json<DiskAttached>(json);
    std::puts(back && notch::to_json(*back) == json ? "read back the same" : "not the same");
    std::puts(notch::from_json<DiskAttached>(R"({"disk":"123","replicas":[]})").error().message().c_str());
}
