// SPDX-License-Identifier: MIT
// A Tee by itself: every sink gets every call, what each took is counted, and the first fault is the one that is told.
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

/// What a sink does, and what it was asked to; shared with the test.
struct Script {
    std::size_t accepts = 0;           ///< lines of a batch
    const char* fault = nullptr;       ///< what its calls say, if anything
    std::vector<std::string> calls{};  ///< in their order
    std::weak_ptr<int> life{};         ///< ends with the sink

    [[nodiscard]] notch::Result<void> answer(const char* call) {
        calls.emplace_back(call);
        if (fault == nullptr) return {};
        notch::Error error;
        error.place = fault;
        return error;
    }
};

struct ScriptedSink {
    explicit ScriptedSink(Script& of) : script{&of} { script->life = life; }

    void attach(notch::SinkHost&) { static_cast<void>(script->answer("attach")); }
    notch::Result<void> start() { return script->answer("start"); }
    notch::Result<void> idle() { return script->answer("idle"); }
    notch::Result<void> flush() { return script->answer("flush"); }
    notch::Delivery write(const notch::Batch&) {
        notch::Delivery out{script->accepts, {}};
        if (auto done = script->answer("write"); !done) out.error = done.error();
        return out;
    }

    Script* script;
    std::shared_ptr<int> life = std::make_shared<int>();
};

struct Host final : notch::SinkHost {
    void report(const notch::Error&) override {}
    [[nodiscard]] bool hurries() const noexcept override { return false; }
};

const std::string bytes = "{}\n{}\n{}\n{}\n";
const std::vector<notch::LineInfo> lines{{.size = 3}, {.size = 3, .is_gap = true}, {.size = 3}, {.size = 3}};
const notch::Batch batch{bytes, lines};

using Calls = std::vector<std::string>;

}  // namespace

TEST_CASE("each sink of a tee gets each call, also behind one that fails, and the first fault is the answer") {
    for (const char* const first : {static_cast<const char*>(nullptr), "first"}) {
        Script scripts[3];
        scripts[0].fault = first;
        scripts[1].fault = "second";
        notch::Tee tee{ScriptedSink{scripts[0]}, ScriptedSink{scripts[1]}, ScriptedSink{scripts[2]}};
        const std::string told = first != nullptr ? first : "second";
        Host host;
        tee.attach(host);
        for (const notch::Result<void>& done : {tee.start(), tee.idle(), tee.flush()}) {
            REQUIRE_FALSE(done);
            CHECK(done.error().place == told);
        }
        const notch::Delivery delivery = tee.write(batch);
        REQUIRE(delivery.error);
        CHECK(delivery.error->place == told);
        for (const Script& script : scripts) CHECK(script.calls == Calls{"attach", "start", "idle", "flush", "write"});
    }
}

TEST_CASE("a tee whose sinks are good is good") {
    Script scripts[2]{{.accepts = 4}, {.accepts = 4}};
    notch::Tee tee{ScriptedSink{scripts[0]}, ScriptedSink{scripts[1]}};
    CHECK(tee.start());
    CHECK(tee.idle());
    CHECK(tee.flush());
    const notch::Delivery delivery = tee.write(batch);
    CHECK(delivery.accepted == 4);
    CHECK_FALSE(delivery.error);
}

TEST_CASE("a tee has taken what each of its sinks took, and counts apart what each took and refused, without gap lines") {
    Script scripts[3]{{.accepts = 3}, {.accepts = 1}, {.accepts = 4}};
    notch::Tee tee{ScriptedSink{scripts[0]}, ScriptedSink{scripts[1]}, ScriptedSink{scripts[2]}};
    CHECK(tee.write(batch).accepted == 1);
    CHECK(tee.write(batch).accepted == 1);
    const std::vector<notch::SinkStats> stats = tee.stats();
    REQUIRE(stats.size() == 3);
    CHECK(stats[0].name == "sink 0");
    CHECK(stats[0].written == 4);
    CHECK(stats[0].dropped == 2);
    CHECK(stats[1].name == "sink 1");
    CHECK(stats[1].written == 2);
    CHECK(stats[1].dropped == 4);
    CHECK(stats[2].name == "sink 2");
    CHECK(stats[2].written == 6);
    CHECK(stats[2].dropped == 0);
}

TEST_CASE("the sinks of a tee end with it, and not with one that it was moved from") {
    Script scripts[2];
    {
        notch::Tee tee{ScriptedSink{scripts[0]}, ScriptedSink{scripts[1]}};
        const notch::Tee moved{std::move(tee)};
        for (const Script& script : scripts) CHECK_FALSE(script.life.expired());
    }
    for (const Script& script : scripts) CHECK(script.life.expired());
}
