// SPDX-License-Identifier: MIT
// Random bit patterns to text and back, against std::to_chars and std::from_chars; then floats, every STEP-th of all.
//
//     doubles [COUNT = 100000000] [SEED = 1] [THREADS = 2] [STEP = 1]
//
// Prints the counts; exit status 1 on any mismatch. 100 million and every float take some minutes on two cores.
#include "notch.hpp"

#include <atomic>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <vector>

namespace {

#if defined(__cpp_lib_to_chars) && __cpp_lib_to_chars >= 201611L
constexpr bool have_charconv = true;
#else
constexpr bool have_charconv = false;
#endif

struct Counts {
    std::atomic<std::uint64_t> values{0};
    std::atomic<std::uint64_t> wrong{0};
};

std::uint64_t mix(std::uint64_t v) {  // splitmix64
    v *= 0x9e3779b97f4a7c15;
    v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9;
    v = (v ^ (v >> 27)) * 0x94d049bb133111eb;
    return v ^ (v >> 31);
}

char* write(char* out, double v) { return notch::detail::write_double(out, v); }
char* write(char* out, float v) { return notch::detail::write_float(out, v); }
// By both ways that the reader has: the short one takes most texts of a document, here one with a comma behind it.
bool parse(const char* first, const char* last, double& v) {
    char document[80] = "1234567,";
    const auto size = static_cast<std::size_t>(last - first);
    std::memcpy(document + 8, first, size);
    document[8 + size] = ',';
    double usual = 0;
    const bool good = notch::detail::parse_double(first, last, v);
    const char* const after = notch::detail::read_usual_double(document, document + 9 + size, document + 8, usual);
    return good && (after == nullptr || (after == document + 8 + size && std::memcmp(&usual, &v, sizeof v) == 0));
}
bool parse(const char* first, const char* last, float& v) { return notch::detail::parse_float(first, last, v); }

/// The digits of a text, without the zeros at both ends and without point, sign and exponent; at most `room` of them.
std::size_t digits_of(const char* first, const char* last, char* digits) {
    std::size_t count = 0;
    for (; first != last && *first != 'e'; ++first) {
        if (*first >= '0' && *first <= '9' && (count != 0 || *first != '0')) digits[count++] = *first;
    }
    while (count != 0 && digits[count - 1] == '0') --count;
    return count;
}

// The same digits as std::to_chars, and the text reads back by both readers. Together that fixes the exponent as well.
template <class Float>
bool right(Float v) {
    char text[notch::detail::max_double_size];
    const char* const end = write(text, v);
    Float back{};
    if (!parse(text, end, back) || std::memcmp(&back, &v, sizeof v) != 0) return false;
#if defined(__cpp_lib_to_chars) && __cpp_lib_to_chars >= 201611L
    if (std::from_chars(text, end, back).ec != std::errc() || std::memcmp(&back, &v, sizeof v) != 0) return false;
    char expected[64];
    const char* const expected_end =
        std::to_chars(expected, expected + sizeof expected, v, std::chars_format::scientific).ptr;
    char a[64], b[64];
    const std::size_t count = digits_of(text, end, a);
    return count == digits_of(expected, expected_end, b) && std::memcmp(a, b, count) == 0;
#else
    return true;
#endif
}

// And a text of random digits, to be read: 17 to 20 of them with a random exponent.
bool reads_random_text(std::uint64_t random) {
#if defined(__cpp_lib_to_chars) && __cpp_lib_to_chars >= 201611L
    char text[64];
    const int exponent = static_cast<int>(random % 640) - 340;
    const int size =
        std::snprintf(text, sizeof text, "%llu%llue%d", static_cast<unsigned long long>(1 + (random >> 10)),
                      static_cast<unsigned long long>(random % 997), exponent);
    double expected = 0;
    if (std::from_chars(text, text + size, expected).ec != std::errc()) return true;
    double v = 0;
    return parse(text, text + size, v) && std::memcmp(&v, &expected, sizeof v) == 0;
#else
    static_cast<void>(random);
    return true;
#endif
}

template <class Float>
bool examine(Float v, Counts& counts) {
    if (!notch::detail::is_finite(v)) return false;
    if (!right(v) && counts.wrong.fetch_add(1) < 20) std::printf("wrong: %a\n", static_cast<double>(v));
    return true;
}

void examine_doubles(std::uint64_t first, std::uint64_t last, std::uint64_t seed, Counts& counts) {
    std::uint64_t values = 0;
    for (std::uint64_t i = first; i < last; ++i) {
        const std::uint64_t random = mix(seed * 0x100000001 + i);
        values += examine(std::bit_cast<double>(random), counts);
        if (i % 16 == 0 && !reads_random_text(mix(random)) && counts.wrong.fetch_add(1) < 20) {
            std::printf("wrong: text of seed %llu\n", static_cast<unsigned long long>(random));
        }
    }
    counts.values += values;
}

void examine_floats(std::uint64_t first, std::uint64_t step, Counts& counts) {
    constexpr std::uint64_t infinity = std::uint64_t{0xff} << 23;
    std::uint64_t values = 0;
    for (std::uint64_t bits = first; bits < infinity; bits += step) {
        values += examine(std::bit_cast<float>(static_cast<std::uint32_t>(bits)), counts);
    }
    counts.values += values;
}

template <class Part>
void in_threads(unsigned threads, Part part) {
    std::vector<std::thread> running;
    for (unsigned at = 0; at < threads; ++at) running.emplace_back(part, at);
    for (std::thread& thread : running) thread.join();
}

bool report(const char* what, const Counts& counts) {
    std::printf("%s: %llu values, %llu wrong\n", what, static_cast<unsigned long long>(counts.values),
                static_cast<unsigned long long>(counts.wrong));
    std::fflush(stdout);
    return counts.wrong == 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto argument = [=](int at, std::uint64_t otherwise) {
        return argc > at ? std::strtoull(argv[at], nullptr, 10) : otherwise;
    };
    const std::uint64_t count = argument(1, 100000000);
    const std::uint64_t seed = argument(2, 1);
    const auto threads = static_cast<unsigned>(argument(3, 2));
    const std::uint64_t step = argument(4, 1);
    if (threads == 0 || step == 0) {
        std::fputs("usage: doubles [COUNT] [SEED] [THREADS] [STEP], none of the last two 0\n", stderr);
        return 2;
    }
    if (!have_charconv) std::puts("no <charconv> for floating point here: only the way back is examined");

    Counts doubles;
    in_threads(threads,
               [&](unsigned at) { examine_doubles(count * at / threads, count * (at + 1) / threads, seed, doubles); });
    const bool doubles_right = report("doubles", doubles);
    Counts floats;
    in_threads(threads, [&](unsigned at) { examine_floats(at * step, step * threads, floats); });
    return report("floats", floats) && doubles_right ? 0 : 1;
}
