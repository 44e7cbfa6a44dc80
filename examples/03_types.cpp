// SPDX-License-Identifier: MIT
// What a field may be, and the JSON it becomes.
#include "notch.hpp"

#include <chrono>
#include <cstdio>
#include <limits>
#include <map>
#include <set>

enum class Phase { boot, stop };
constexpr auto notch_enum(Phase*) {
    return std::array<std::pair<Phase, std::string_view>, 2>{{{Phase::boot, "vm.boot"}, {Phase::stop, "vm.stop"}}};
}

struct Shape {
    int cpu = 0;
    std::optional<int> gpu{};
};

template <class T>
void show(const char* type, const T& value) {
    std::printf("%-44s  %s\n", type, notch::to_json(value).c_str());
}
#define SHOW(value, ...) show<__VA_ARGS__>(#__VA_ARGS__, value)

int main() {
    using namespace std::chrono_literals;
    const auto noon = std::chrono::sys_days{std::chrono::May / 20 / 2026} + 12h;
    const char name[16] = "text";

    SHOW(true, bool);
    SHOW(-128, std::int8_t);
    SHOW(18446744073709551615u, std::uint64_t);
    SHOW(12, double);
    SHOW(0.1f, float);
    SHOW(std::numeric_limits<double>::infinity(), double);
    SHOW("tab\t, quote\"", std::string);
    SHOW("not \xff UTF-8", std::string_view);
    SHOW("text", const char*);
    SHOW(name, char[16]);
    SHOW(Phase::boot, Phase);
    SHOW(1500ms, std::chrono::milliseconds);
    SHOW(noon + 500ms, std::chrono::system_clock::time_point);
    SHOW(7, std::optional<int>);
    SHOW((std::vector{1, 2, 3}), std::vector<int>);
    SHOW((std::array{0.5, 1.0}), std::array<double, 2>);
    SHOW((std::set<std::string>{"b", "a"}), std::set<std::string>);
    SHOW((std::map<std::string, int>{{"a", 1}}), std::map<std::string, int>);
    SHOW((Shape{4, 1}), Shape);
    SHOW(Shape{4}, Shape);
    SHOW(notch::RawJson{R"({"as": "it is"})"}, notch::RawJson);
}
