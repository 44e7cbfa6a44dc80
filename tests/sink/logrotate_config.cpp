// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

constexpr const char* path = "/var/log/app/events.jsonl";

std::string text(const std::string& of, const notch::LogrotateOptions& options = {}) {
    const notch::Result<std::string> out = notch::logrotate_config(of, options);
    REQUIRE(out);
    return *out;
}

std::string message(const std::string& of, const notch::LogrotateOptions& options = {}) {
    const notch::Result<std::string> out = notch::logrotate_config(of, options);
    REQUIRE_FALSE(out);
    CHECK(out.error().code == notch::ErrorCode::broken_rule);
    return out.error().message();
}

}  // namespace

TEST_CASE("logrotate_config: nothing asked for") {
    CHECK(text(path) == R"("/var/log/app/events.jsonl" {
    rotate 0
    missingok
    notifempty
    create
}
)");
}

TEST_CASE("logrotate_config: everything asked for") {
    notch::LogrotateOptions options;
    options.rotate = 12;
    options.every = notch::RotateEvery::week;
    options.size = 10'000'000'000;
    options.mode = 0640;
    options.owner = "app";
    options.group = "adm";
    options.su_user = "app";
    options.su_group = "app";
    options.compress = true;
    options.postrotate = "    systemctl reload app\n    true";
    CHECK(text(path, options) == R"("/var/log/app/events.jsonl" {
    rotate 12
    weekly
    maxsize 10000000000
    missingok
    notifempty
    create 0640 app adm
    su app app
    compress
    delaycompress
    postrotate
    systemctl reload app
    true
    endscript
}
)");
}

TEST_CASE("logrotate_config: each interval, a size alone, a mode alone, a copy") {
    notch::LogrotateOptions options;
    const std::pair<notch::RotateEvery, const char*> intervals[] = {{notch::RotateEvery::hour, "    hourly\n"},
                                                                    {notch::RotateEvery::day, "    daily\n"},
                                                                    {notch::RotateEvery::week, "    weekly\n"},
                                                                    {notch::RotateEvery::month, "    monthly\n"},
                                                                    {notch::RotateEvery::year, "    yearly\n"}};
    for (const auto& [every, line] : intervals) {
        options.every = every;
        CHECK(text(path, options).find(line) != std::string::npos);
    }
    options = {};
    options.size = 1024;
    options.mode = 0600;
    CHECK(text(path, options).find("\n    size 1024\n") != std::string::npos);
    CHECK(text(path, options).find("\n    create 0600\n") != std::string::npos);
    options.copytruncate = true;
    CHECK(text(path, options).find("\n    copytruncate\n") != std::string::npos);
    CHECK(text(path, options).find("create") == std::string::npos);
}

// What logrotate makes of such paths is tested with the real one, in tests/soak/ledger_rotation.cpp.
TEST_CASE("logrotate_config: blanks, quotes and characters of patterns stand for themselves") {
    CHECK(text("/a b/it's.jsonl").starts_with("\"/a b/it's.jsonl\" {\n"));
    CHECK(text("/a/\"q\".jsonl").starts_with("\"/a/\\\"q\\\".jsonl\" {\n"));
    CHECK(text("/a/*[1]?\\.jsonl").starts_with("\"/a/\\*\\[1]\\?\\\\.jsonl\" {\n"));
}

TEST_CASE("logrotate_config: what cannot be told is refused") {
    const std::string expected = "logrotate, /path: expected an absolute path of a file, without control characters and braces, found ";
    CHECK(message("events.jsonl") == expected + "\"events.jsonl\"");
    CHECK(message("") == expected + "nothing");
    for (const char* const bad : {"/a/", "/a\n/b", "/a{b", "/a}b", "/a\tb", "/a\x7f"}) CHECK(message(bad) == expected + '"' + bad + '"');
    CHECK(message(std::string{"/a\0b", 4}).starts_with(expected));

    notch::LogrotateOptions options;
    options.mode = 010000;
    CHECK(message(path, options) == "logrotate, /mode: expected permissions, at most 07777, found \"4096\"");
    options = {};
    options.owner = "app";
    CHECK(message(path, options) == "logrotate, /owner: expected the names of a user and a group, or neither, found \"app \"");
    options.group = "b#";
    CHECK(message(path, options).starts_with("logrotate, /owner: "));
    options.group = "a b";
    CHECK(message(path, options).starts_with("logrotate, /owner: "));
    options.group = "b";
    CHECK(notch::logrotate_config(path, options));
    options.su_group = "b";
    CHECK(message(path, options).starts_with("logrotate, /su_user: "));
    options.su_group = {};
    for (const char* const bad : {"endscript", "true\n \tendscript\n"}) {
        options.postrotate = bad;
        CHECK(message(path, options).starts_with("logrotate, /postrotate: "));
    }
    options.postrotate = std::string{"true\0true", 9};
    CHECK(message(path, options).starts_with("logrotate, /postrotate: "));
    options.postrotate = "echo endscript";
    CHECK(notch::logrotate_config(path, options));
}
