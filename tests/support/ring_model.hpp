// SPDX-License-Identifier: MIT
#pragma once
#include "memory_model.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

// The ring in the model of memory. Include the ring first. The same checks run in the suite and, by tests/house/mutants.py, on rings
// that were broken on purpose.

namespace test {

struct RingModel {
    using Ring = notch::detail::BasicRing<model::Atomic>;
    using Header = notch::detail::BasicRecordHeader<model::Atomic>;
    static constexpr std::size_t capacity = 64;
    static constexpr std::size_t header_size = notch::detail::header_size;

    struct Limits {
        std::size_t records;
        std::size_t attempts;  ///< of the consumer while the producer runs
    };

    explicit RingModel(model::Choices& choices) : world{choices} {}

    model::World world;
    std::vector<std::uint64_t> memory = std::vector<std::uint64_t>(capacity / 8);
    Ring ring{reinterpret_cast<char*>(memory.data()), capacity, 0};
    std::vector<std::size_t> published;  ///< sizes
    std::size_t taken = 0;

    static std::uint64_t mark(std::size_t record) { return 1000 + record; }

    void produce(std::size_t records) {
        for (std::size_t i = 0; i < records; ++i) {
            const std::size_t size = i % 2 == 0 ? 16 : 24;
            char* at = ring.claim_quickly(size);
            if (at == nullptr) at = ring.claim(size);
            if (at == nullptr) continue;
            for (std::size_t k = header_size; k < size; k += 4) world.write(at + k, mark(published.size()));
            published.push_back(size);
            ring.publish(at, size);
        }
    }

    void consume_one() {
        const char* const at = ring.front();
        if (at == nullptr) return;
        if (taken == published.size()) return world.fail("a record that nobody published");
        const std::size_t size = reinterpret_cast<const Header*>(at)->size.load(std::memory_order_relaxed);
        if (size != published[taken]) return world.fail("a record of another size");
        for (std::size_t k = header_size; k < size; k += 4)
            if (world.read(at + k) != mark(taken)) world.fail("a record with other bytes");
        ring.take(size);
        ++taken;
    }

    /// One execution; empty or what went wrong.
    std::string run(Limits limits) {
        world.run([&] { produce(limits.records); },
                  [&] {
                      for (std::size_t i = 0; i < limits.attempts && world.failure().empty(); ++i) {
                          consume_one();
                          if (world.choose(2) == 0) ring.release_taken();
                      }
                  });
        while (taken < published.size() && world.failure().empty()) {
            const std::size_t before = taken;
            consume_one();
            if (taken == before) world.fail("a record was lost");
        }
        return world.failure();
    }

    /// Up to `most` executions; empty or what went wrong first. `count` is how many there were.
    static std::string explore(model::Choices choices, Limits limits, std::size_t most, std::size_t& count) {
        for (count = 1;; ++count) {
            std::string failure = RingModel{choices}.run(limits);
            if (!failure.empty() || count == most || !choices.next()) return failure;
        }
    }

    /// What every ring has to pass.
    static std::string explore_all() {
        std::size_t count = 0;
        std::string failure = explore(model::Choices::all(), {1, 2}, 200'000, count);
        if (failure.empty()) failure = explore(model::Choices::from_seed(1), {8, 12}, 15'000, count);
        return failure;
    }
};

}  // namespace test
