// SPDX-License-Identifier: MIT
// The bytes do not depend on the program's locale, neither C's nor C++'s.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <clocale>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <locale>
#include <random>
#include <string>
#include <system_error>

namespace {

struct Sample {
    double real = 1234567.25;
    float single = 0.5;
    std::int64_t integer = -1234567890;
    std::chrono::milliseconds wait{1500};
    std::chrono::sys_seconds at{std::chrono::seconds{1'700'000'000}};
    std::string text = "Größe İI ıi";
};

constexpr const char* golden =
    R"({"real":1234567.25,"single":0.5,"integer":-1234567890,"wait":1.5,"at":"2023-11-14T22:13:20Z","text":"Größe İI ıi"})";

void check_golden() {
    CHECK(notch::to_json(Sample{}) == golden);
    const auto stamp = [] { return std::int64_t{1'795'190'400'123'456}; };
    CHECK(notch::to_line(Sample{}, stamp).substr(0, 32) == R"({"timestamp":1795190400.123456,")");
    const auto read = notch::from_json<Sample>(golden);
    REQUIRE(read);
    CHECK(notch::to_json(*read) == golden);
}

bool has_comma() { return std::string{std::localeconv()->decimal_point} == ","; }

/// A locale whose decimal sign is a comma: one of the system's, or one made for this test.
class CommaLocale {
public:
    CommaLocale() {
        for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "tr_TR.UTF-8", "de_DE"}) {
            if (std::setlocale(LC_ALL, name) != nullptr && has_comma()) return;
        }
#if defined(__linux__)
        make_one();
#endif
    }
    CommaLocale(const CommaLocale&) = delete;
    CommaLocale& operator=(const CommaLocale&) = delete;
    ~CommaLocale() {
        std::setlocale(LC_ALL, "C");
#if defined(__linux__)
        std::error_code ignored;
        if (!place_.empty()) std::filesystem::remove_all(place_, ignored);
        if (!place_.empty()) ::unsetenv("LOCPATH");
#endif
    }

private:
#if defined(__linux__)
    void make_one() {
        std::error_code error;
        place_ =
            std::filesystem::temp_directory_path(error) / ("notch-locale-" + std::to_string(std::random_device{}()));
        if (!std::filesystem::create_directory(place_, error)) return;
        const std::string made =
            "localedef -i de_DE -f UTF-8 '" + (place_ / "de_DE.UTF-8").string() + "' >/dev/null 2>&1";
        if (std::system(made.c_str()) < 0) return;
        ::setenv("LOCPATH", place_.c_str(), 1);
        std::setlocale(LC_ALL, "de_DE.UTF-8");
    }
    std::filesystem::path place_{};
#endif
};

#if defined(__cpp_rtti)  // the C++ library asks a facet what it is, and crashes at one that has nothing to say
class Commas : public std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
    std::string do_truename() const override { return "wahr"; }
};
#endif

}  // namespace

TEST_CASE("in the locale a program starts with, and in the user's") {
    check_golden();
    std::setlocale(LC_ALL, "");
    check_golden();
    std::setlocale(LC_ALL, "C");
}

TEST_CASE("in a C locale with a decimal comma") {
    const CommaLocale locale;
    // Not every system has one or can make one; the C++ locale below is always there.
    WARN(has_comma());
    check_golden();
}

#if defined(__cpp_rtti)
TEST_CASE("in a C++ locale with a decimal comma and grouped thousands") {
    const std::locale before = std::locale::global(std::locale{std::locale::classic(), new Commas});
    check_golden();
    std::locale::global(before);
}
#endif
