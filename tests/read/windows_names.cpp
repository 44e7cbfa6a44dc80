// SPDX-License-Identifier: MIT
// Elsewhere there is nothing to test here: these names are refused on Windows, where each stands for something else as well.
#if defined(_WIN32)
#include "notch.hpp"

#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <string_view>

namespace {

void accepted(const notch::Directory& directory, const std::string& name) {
    INFO(name);
    const std::string path = directory.path() + "/" + name;
    std::ofstream{std::filesystem::path{std::u8string{path.begin(), path.end()}}, std::ios::binary} << "1";
    const auto beneath = notch::read_text(directory, name);
    INFO((beneath ? std::string{} : beneath.error().message()));
    REQUIRE(beneath);
    CHECK(*beneath == "1");
    CHECK(notch::read_text(path));
}

void refused(const notch::Directory& directory, const std::string& name, std::string_view found) {
    INFO(name);
    const auto beneath = notch::read_text(directory, name);
    REQUIRE_FALSE(beneath);
    CHECK(beneath.error().code == notch::ErrorCode::refused);
    CHECK(beneath.error().found == found);
    CHECK_FALSE(directory.open_directory(name));
}

/// Also when it is the last part of a path.
void refused_everywhere(const notch::Directory& directory, const std::string& name, std::string_view found) {
    refused(directory, name, found);
    refused(directory, "sub/" + name, found);
    refused(directory, name + "/file.json", found);
    const auto by_path = notch::read_text(directory.path() + "/" + name);
    REQUIRE_FALSE(by_path);
    CHECK(by_path.error().code == notch::ErrorCode::refused);
    CHECK(by_path.error().found == found);
}

struct Place {
    test::TemporaryDirectory temporary;
    notch::Directory directory = [this] {
        std::filesystem::create_directory(temporary / "sub");
        auto out = notch::Directory::open(temporary.path());
        REQUIRE(out);
        return std::move(*out);
    }();
};

}  // namespace

TEST_CASE("names of devices are refused with any extension, names that begin like them are not") {
    const Place place;
    for (const char* name :
         {"CON", "con", "Con.json", "PRN", "AUX.a.b", "NUL", "nul.txt", "NUL .txt", "COM1", "com9.json", "COM0", "LPT1",
          "lpt9", "COM\xc2\xb9", "com\xc2\xb2.json", "LPT\xc2\xb3", "CONIN$", "conout$.txt", "CLOCK$"})
        refused_everywhere(place.directory, name, "the name of a device");
    for (const char* name :
         {"CONS", "con1", "aCON", "x.con", "NULL.txt", "nu", "COM", "com.json", "COM10", "COMA", "LPTX", "clock"})
        accepted(place.directory, name);
}

TEST_CASE("another stream of a file, or a drive, is refused") {
    const Place place;
    accepted(place.directory, "job.json");
    for (const char* name : {"job.json:other", "job.json::$DATA", "job.json:", ":x", "C:", "C:job.json"})
        refused_everywhere(place.directory, name, "a part with a colon: a drive, or another stream of a file");
    refused(place.directory, "C:/job.json", "a part with a colon: a drive, or another stream of a file");
}

TEST_CASE("a backslash is no separator beneath a directory, and is one in a program's own path") {
    const Place place;
    accepted(place.directory, "sub/job.json");
    for (const char* name :
         {"sub\\job.json", "..\\job.json", "\\job.json", "\\\\server\\share", "sub\\", "\\\\.\\NUL", "\\\\?\\C:"})
        refused(place.directory, name, "a part with a backslash");
    CHECK(notch::read_text(place.temporary / "sub\\job.json"));
    CHECK_FALSE(notch::read_text(place.temporary / "sub\\"));
    CHECK_FALSE(notch::read_text("\\\\.\\NUL"));
    CHECK_FALSE(notch::read_text("//./COM1"));
}

TEST_CASE("dots and spaces that Windows leaves out at a part's end are refused") {
    const Place place;
    for (const char* name : {"job.json.", "job.json ", "job.json. .", "...", " "})
        refused_everywhere(place.directory, name, "a part that ends in a dot or a space");
    for (const char* name : {".job", "..job", " job", "a b.json", "a..b"}) accepted(place.directory, name);
}

TEST_CASE("short names, which may stand for a longer one, are refused") {
    const Place place;
    for (const char* name : {"LONGNA~1.JSO", "longna~1", "a~1.txt", "~1", "ABCDE~12.x", "x~1."}) {
        if (std::string_view{name}.ends_with('.'))
            refused(place.directory, name, "a part that ends in a dot or a space");
        else refused_everywhere(place.directory, name, "a short name, which may stand for another file");
    }
    for (const char* name : {"job.json~", "~job", "job~a", "job~", "longname~1", "a~1.json", "job~1a.txt"})
        accepted(place.directory, name);
}

TEST_CASE("characters that no name has are refused, any others are not") {
    const Place place;
    for (const char* name : {"a*", "a?b", "<a", "a>", "a|b", "\"a\"",
                             "a\x01"
                             "b",
                             "a\nb"})
        refused_everywhere(place.directory, name, "a part with a character that no file's name has");
    for (const char* name : {"a'b", "a;b,c", "%TEMP%", "a&b", "[a]", "{a}", "r\xc3\xa9sum\xc3\xa9.json", "\xe2\x82\xac",
                             "\xf0\x9f\x98\x80.json"})
        accepted(place.directory, name);
}

TEST_CASE("what leads out of a directory is refused here as elsewhere") {
    const Place place;
    for (const char* name : {"..", "../x", "sub/..", ".", "sub/./x", "sub//x", "sub/"})
        refused(place.directory, name, "a part that is empty, \".\" or \"..\"");
    refused(place.directory, "/x", "an absolute path");
    refused(place.directory, "", "an empty name");
    refused(place.directory, std::string("a\0b", 3), "a name with a NUL byte");
}
#endif
