// SPDX-License-Identifier: MIT
// Elsewhere there is nothing to test here: these are the calls of Windows.
#if defined(_WIN32)
#ifndef NOMINMAX
#define NOMINMAX
#endif
#include <windows.h>  // before notch, as many programs have it; read/windows_files.cpp has it after

#include "notch.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace {

using notch::detail::WideText;

std::wstring wide(std::string_view utf8) {
    const WideText text{utf8};
    REQUIRE(text.error() == 0);
    CHECK(text.text()[text.size()] == L'\0');
    return {text.text(), text.size()};
}
std::string narrow(std::wstring_view text) {
    std::string out;
    notch::detail::append_utf8(out, text.data(), text.size());
    return out;
}

}  // namespace

TEST_CASE("names go from UTF-8 to UTF-16 and back") {
    struct Pair {
        std::string_view utf8;
        std::wstring_view utf16;
    };
    const Pair pairs[] = {
        {"", L""},
        {"job.json", L"job.json"},
        {"\x7f", L"\x7f"},
        {"\xc2\x80", L"\x80"},
        {"\xdf\xbf", L"\x7ff"},
        {"\xe0\xa0\x80", L"\x800"},
        {"\xe2\x82\xac", L"\x20ac"},
        {"\xef\xbf\xbf", L"\xffff"},
        {"\xf0\x90\x80\x80", L"\xd800\xdc00"},
        {"\xf0\x9f\x98\x80!", L"\xd83d\xde00!"},
        {"\xf4\x8f\xbf\xbf", L"\xdbff\xdfff"},
        {"\xed\xa0\x80", L"\xd800"},  // names may have a half of a pair
        {"\xed\xb0\x80x", L"\xdc00x"},
    };
    for (const Pair& pair : pairs) {
        CHECK(wide(pair.utf8) == pair.utf16);
        CHECK(narrow(pair.utf16) == pair.utf8);
    }
}

TEST_CASE("what is no UTF-8 is no name") {
    const std::string_view bad[] = {"\x80",
                                    "\xbf",
                                    "\xc0\x80",
                                    "\xc1\xbf",
                                    "\xc2",
                                    "\xc2x",
                                    "\xe0\x80\x80",
                                    "\xe0\x9f\xbf",
                                    "\xe2\x82",
                                    "\xf0\x80\x80\x80",
                                    "\xf0\x8f\xbf\xbf",
                                    "\xf0\x9f\x98",
                                    "\xf4\x90\x80\x80",
                                    "\xf5\x80\x80\x80",
                                    "\xff"};
    for (const std::string_view one : bad) {
        CHECK(WideText{one}.error() == EILSEQ);
        CHECK(WideText{std::string{"a"} + std::string{one}}.error() == EILSEQ);
    }
}

TEST_CASE("errors have the errno and the words of other systems; Windows' own number where they have none") {
    using notch::detail::errno_of_error;
    CHECK(errno_of_error(ERROR_FILE_NOT_FOUND) == ENOENT);
    CHECK(errno_of_error(ERROR_PATH_NOT_FOUND) == ENOENT);
    CHECK(errno_of_error(ERROR_ACCESS_DENIED) == EACCES);
    CHECK(errno_of_error(ERROR_SHARING_VIOLATION) == EBUSY);
    CHECK(errno_of_error(ERROR_DISK_FULL) == ENOSPC);
    CHECK(errno_of_error(ERROR_ALREADY_EXISTS) == EEXIST);
    CHECK(errno_of_error(ERROR_NO_DATA) == EPIPE);
    CHECK(errno_of_error(ERROR_DIRECTORY) == ENOTDIR);
    CHECK(notch::detail::errno_of_status(0) == 0);
    CHECK(notch::detail::errno_of_status(static_cast<std::int32_t>(0xC0000034)) == ENOENT);

    const notch::Error known = notch::detail::os_error(notch::ErrorCode::open_failed, "open x", "a file", ENOENT);
    CHECK(known.os_error == ENOENT);
    CHECK(known.message() == "open x: expected a file, found No such file or directory (errno 2)");

    const int number = errno_of_error(ERROR_FILE_TOO_LARGE);
    CHECK(number == 1'000'000 + ERROR_FILE_TOO_LARGE);
    const notch::Error own =
        notch::detail::os_error(notch::ErrorCode::write_failed, "write x", "all bytes written", number);
    CHECK(own.os_error == number);
    CHECK(own.found.ends_with(" (Windows error 223)"));
    CHECK(own.found.size() > std::string_view{" (Windows error 223)"}.size());
}

TEST_CASE("waits are rounded up to milliseconds and never last for ever") {
    using notch::detail::to_milliseconds;
    CHECK(to_milliseconds(-1) == 0);
    CHECK(to_milliseconds(0) == 0);
    CHECK(to_milliseconds(1) == 1);
    CHECK(to_milliseconds(1'000'000) == 1);
    CHECK(to_milliseconds(1'000'001) == 2);
    CHECK(to_milliseconds(INT64_MAX) == INFINITE - 1);
}
#endif
