// SPDX-License-Identifier: MIT
// The ring's own code in a model of memory: many executions, all that are allowed for a short program, and none goes wrong.
#include "notch.hpp"

#include "../support/allocations.hpp"

#include <doctest/doctest.h>

// The model switches stacks, which the sanitizers' bookkeeping does not follow.
#if defined(__linux__) && !NOTCH_TEST_SANITIZED
#include "../support/ring_model.hpp"

TEST_CASE("every execution of a short program on the ring is right") {
    std::size_t count = 0;
    CHECK(test::RingModel::explore(test::model::Choices::all(), {1, 2}, 2'000'000, count) == "");
    CHECK(count > 100);
    CHECK(count < 2'000'000);
    MESSAGE("executions: " << count);
}

TEST_CASE("executions at random of a longer program, with the ring going round, are right") {
    std::size_t count = 0;
    CHECK(test::RingModel::explore(test::model::Choices::from_seed(1), {8, 12}, 15'000, count) == "");
    CHECK(count == 15'000);
}

TEST_CASE("the model sees what C++ allows: a relaxed flag does not order a plain write") {
    const auto pass_by = [](std::memory_order store, std::memory_order load) {
        test::model::Choices choices = test::model::Choices::all();
        std::string failure;
        do {
            test::model::World world{choices};
            test::model::Atomic<std::uint32_t> flag{0};
            const int word = 0;
            world.run(
                [&] {
                    world.write(&word, 7);
                    flag.store(1, store);
                },
                [&] {
                    if (flag.load(load) == 1 && world.read(&word) != 7) world.fail("an old value");
                });
            failure = world.failure();
        } while (failure.empty() && choices.next());
        return failure;
    };
    CHECK(pass_by(std::memory_order_release, std::memory_order_acquire) == "");
    CHECK(pass_by(std::memory_order_relaxed, std::memory_order_acquire) == "a plain read races with a write");
    CHECK(pass_by(std::memory_order_release, std::memory_order_relaxed) == "a plain read races with a write");
}

TEST_CASE("the model sees what C++ allows: a load may give an old value, but never go back") {
    test::model::Choices choices = test::model::Choices::all();
    bool old_seen = false;
    bool went_back = false;
    do {
        test::model::World world{choices};
        test::model::Atomic<std::uint32_t> first{0};
        test::model::Atomic<std::uint32_t> second{0};
        world.run(
            [&] {
                first.store(1, std::memory_order_relaxed);
                second.store(1, std::memory_order_relaxed);
            },
            [&] {
                const std::uint32_t b = second.load(std::memory_order_relaxed);
                const std::uint32_t a = first.load(std::memory_order_relaxed);
                old_seen = old_seen || (b == 1 && a == 0);
                const std::uint32_t again = first.load(std::memory_order_relaxed);
                went_back = went_back || again < a;
            });
    } while (choices.next());
    CHECK(old_seen);
    CHECK_FALSE(went_back);
}
#endif
