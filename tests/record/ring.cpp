// SPDX-License-Identifier: MIT
#include "notch.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

using notch::detail::aligned_size;
using notch::detail::header_size;
using notch::detail::Ring;

namespace {

constexpr std::size_t capacity = 4096;

struct Memory {
    std::vector<std::uint64_t> words = std::vector<std::uint64_t>(capacity / 8);
    char* data() { return reinterpret_cast<char*>(words.data()); }
};

/// A record of `size` bytes whose body repeats `mark`.
bool push(Ring& ring, std::size_t size, std::uint8_t mark) {
    char* at = ring.claim_quickly(size);
    if (at == nullptr) at = ring.claim(size);
    if (at == nullptr) return false;
    std::memset(at + header_size, mark, size - header_size);
    ring.publish(at, size);
    return true;
}

/// Takes the front record; its size, or 0. Fails the test when the body is not all `mark`.
std::size_t pop(Ring& ring, std::uint8_t mark) {
    const char* const at = ring.front();
    if (at == nullptr) return 0;
    std::uint32_t size = 0;
    std::memcpy(&size, at, sizeof size);
    std::size_t wrong = 0;
    for (std::size_t i = header_size; i < size; ++i) wrong += static_cast<std::uint8_t>(at[i]) != mark ? 1U : 0U;
    CHECK(wrong == 0);
    ring.take(size);
    return size;
}

}  // namespace

TEST_CASE("an empty ring has no front, and a record is there once published") {
    Memory memory;
    Ring ring{memory.data(), capacity, 0};
    CHECK(ring.front() == nullptr);
    char* const at = ring.claim(64);
    REQUIRE(at != nullptr);
    CHECK(ring.claim_quickly(64) == at);
    CHECK(ring.front() == nullptr);
    ring.publish(at, 64);
    CHECK(ring.front() != nullptr);
    ring.take(64);
    CHECK(ring.front() == nullptr);
}

TEST_CASE("a full ring refuses until the consumer gives room back") {
    Memory memory;
    Ring ring{memory.data(), capacity, 0};
    std::uint8_t pushed = 0;
    while (push(ring, 256, pushed)) ++pushed;
    CHECK(pushed == capacity / 256 - 1);  // the header behind the last record needs room as well
    CHECK(pop(ring, 0) == 256);
    CHECK(pop(ring, 1) == 256);
    CHECK_FALSE(push(ring, 256, pushed));  // taken, but not given back yet
    ring.release_taken();
    CHECK(push(ring, 256, pushed));  // at the start: at the end there is no room for the header behind it
    CHECK_FALSE(push(ring, 256, 0));
    for (std::uint8_t i = 2; i <= pushed; ++i) CHECK(pop(ring, i) == 256);
    CHECK(ring.front() == nullptr);
}

TEST_CASE("the largest record always fits an empty ring, wherever its indices stand") {
    Memory memory;
    Ring ring{memory.data(), capacity, 0};
    const std::size_t largest = ring.largest_record();
    for (std::size_t shift = 0; shift < 2 * capacity / 24; ++shift) {
        REQUIRE(push(ring, 24, 1));
        REQUIRE(pop(ring, 1) == 24);
        ring.release_taken();
        REQUIRE(push(ring, largest, 2));
        REQUIRE(pop(ring, 2) == largest);
        ring.release_taken();
    }
}

TEST_CASE("the quick look never promises more than the longer one, and takes it again once told to") {
    Memory memory;
    Ring ring{memory.data(), capacity, 0};
    CHECK(ring.claim_quickly(16) == nullptr);
    std::mt19937 random{2};
    std::size_t quick = 0;
    for (int i = 0; i < 20'000; ++i) {
        const std::size_t size = aligned_size(header_size + random() % 300);
        char* const promised = ring.claim_quickly(size);
        quick += promised != nullptr ? 1U : 0U;
        if (promised != nullptr) REQUIRE(ring.claim(size) == promised);
        push(ring, size, 1);
        if (random() % 2 == 0) {
            while (pop(ring, 1) != 0) continue;
            ring.release_taken();
        }
    }
    CHECK(quick > 1000);
    ring.forget_room();
    CHECK(ring.claim_quickly(16) == nullptr);
}

TEST_CASE("records of every size wrap around in one piece") {
    Memory memory;
    Ring ring{memory.data(), capacity, 0};
    std::mt19937 random{1};
    std::vector<std::pair<std::size_t, std::uint8_t>> queued;
    std::size_t taken = 0;
    for (std::size_t i = 0; i < 100'000; ++i) {
        const std::size_t size = aligned_size(header_size + random() % 900);
        const auto mark = static_cast<std::uint8_t>(i % 251 + 1);
        if (push(ring, size, mark)) queued.emplace_back(size, mark);
        if (random() % 3 == 0) {
            while (taken < queued.size()) {
                REQUIRE(pop(ring, queued[taken].second) == queued[taken].first);
                ++taken;
            }
            ring.release_taken();
        }
    }
    CHECK(taken > 10'000);
}

TEST_CASE("a producer and a consumer on two threads agree on every byte") {
    Memory memory;
    Ring ring{memory.data(), capacity, 0};
    constexpr std::uint64_t count = 300'000;
    std::thread producer{[&] {
        for (std::uint64_t i = 0; i < count; ++i) {
            const std::size_t size = header_size + 8 + 8 * static_cast<std::size_t>(i % 23);
            char* at = nullptr;
            while ((at = ring.claim(size)) == nullptr) std::this_thread::yield();
            for (std::size_t k = header_size; k < size; k += 8) std::memcpy(at + k, &i, 8);
            ring.publish(at, size);
        }
    }};
    std::uint64_t wrong = 0;
    for (std::uint64_t i = 0; i < count;) {
        const char* const at = ring.front();
        if (at == nullptr) {
            ring.release_taken();
            std::this_thread::yield();
            continue;
        }
        const std::size_t size = header_size + 8 + 8 * static_cast<std::size_t>(i % 23);
        for (std::size_t k = header_size; k < size; k += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, at + k, 8);
            wrong += word != i ? 1U : 0U;
        }
        ring.take(size);
        ++i;
        if (i % 64 == 0) ring.release_taken();
    }
    producer.join();
    CHECK(wrong == 0);
    CHECK(ring.front() == nullptr);
}
