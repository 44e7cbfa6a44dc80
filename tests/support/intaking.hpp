// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include "reading.hpp"
#include "temporary.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <dirent.h>
#include <sys/stat.h>

// What the tests of intakes share: directories to take from, what was taken, and what is left.

namespace test {

struct Number {
    int number = 0;
};

inline void make(const std::string& directory) { REQUIRE(::mkdir(directory.c_str(), 0700) == 0); }

/// An entry that is a directory with a file.
inline void put_entry(const std::string& directory, const std::string& bytes) {
    make(directory);
    put(directory + "/job.json", bytes);
}

inline std::string number(int value) { return "{\"number\":" + std::to_string(value) + "}"; }

inline std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> out;
    ::DIR* const directory = ::opendir(path.c_str());
    if (directory == nullptr) return out;
    while (const ::dirent* entry = ::readdir(directory)) {
        const std::string name = entry->d_name;
        if (name != "." && name != "..") out.push_back(name);
    }
    ::closedir(directory);
    std::sort(out.begin(), out.end());
    return out;
}

/// The ids of all claims that hold an entry.
inline std::vector<std::string> claims_in(const std::string& base) {
    std::vector<std::string> out;
    for (const std::string& owner : names_in(base + "/.notch-intake"))
        for (const std::string& name : names_in(base + "/.notch-intake/" + owner))
            if (notch::detail::is_intake_id(name) && !names_in(base + "/.notch-intake/" + owner + "/" + name).empty()) out.push_back(name);
    return out;
}

/// The bytes that a quarantine keeps, sorted.
inline std::vector<std::string> kept_in(const std::string& path) {
    std::vector<std::string> out;
    for (const std::string& name : names_in(path))
        if (notch::detail::is_kept_name(name)) out.push_back(contents(path + "/" + name));
    std::sort(out.begin(), out.end());
    return out;
}

inline std::vector<notch::QuarantineReason> reasons_in(const std::string& path) {
    std::vector<notch::QuarantineReason> out;
    for (const std::string& name : names_in(path)) {
        if (!notch::detail::is_reason_name(name)) continue;
        const auto reason = notch::read_file<notch::QuarantineReason>(path + "/" + name);
        REQUIRE(reason);
        out.push_back(*reason);
    }
    return out;
}

/// A base directory, a quarantine, and the errors told.
struct IntakePlace {
    TemporaryDirectory place;
    std::string base = place / "base";
    std::string bad = place / "bad";
    std::vector<notch::Error> errors;

    explicit IntakePlace(const char* where = std::getenv("TMPDIR")) : place{where} { make(base); }

    [[nodiscard]] notch::IntakeOptions files() {
        notch::IntakeOptions out;
        out.path = base;
        out.quarantine.path = bad;
        out.on_error = [this](const notch::Error& error) { errors.push_back(error); };
        return out;
    }
    [[nodiscard]] notch::IntakeOptions directories() {
        notch::IntakeOptions out = files();
        out.files = {"job.json"};
        return out;
    }
    [[nodiscard]] std::string operator/(const std::string& name) const { return base + "/" + name; }
};

/// One pass, to its end: name -> number.
template <class Judge = notch::detail::ReadIntake<Number>>
std::map<std::string, int> take(const notch::IntakeOptions& options, Judge judge = {}) {
    std::map<std::string, int> out;
    for (const auto& one : notch::intake<Number>(options, judge)) {
        CHECK(notch::detail::is_intake_id(one.id));
        CHECK(out.count(one.name) == 0);
        out[one.name] = one->number;
    }
    return out;
}

using Numbers = std::map<std::string, int>;
using Names = std::vector<std::string>;

}  // namespace test
