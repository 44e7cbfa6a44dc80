// SPDX-License-Identifier: MIT
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ucontext.h>

// A model of memory for two threads: every interleaving of their atomic accesses can happen, and a load may give any value that
// C++ allows, not only the newest. Plain accesses that are not ordered by happens-before are data races. Which execution happens is a
// matter of choices; a driver either goes through all of them or takes them from a seed.

namespace test::model {

/// Gives the choices of one execution, and the next execution's.
class Choices {
public:
    /// All executions, one after the other: the last choice that has another alternative takes it.
    static Choices all() { return Choices{0}; }
    /// Executions at random.
    static Choices from_seed(std::uint64_t seed) { return Choices{seed | 1}; }

    std::size_t choose(std::size_t count) {
        if (count < 2) return 0;
        if (random_ != 0) {
            random_ ^= random_ << 13;
            random_ ^= random_ >> 7;
            random_ ^= random_ << 17;
            return static_cast<std::size_t>(random_ >> 20) % count;
        }
        if (at_ == trail_.size()) trail_.push_back({0, count});
        return trail_[at_++].taken;
    }
    /// False when there is no other execution.
    bool next() {
        at_ = 0;
        if (random_ != 0) return true;
        while (!trail_.empty() && ++trail_.back().taken == trail_.back().count) trail_.pop_back();
        return !trail_.empty();
    }

private:
    struct Choice {
        std::size_t taken;
        std::size_t count;
    };
    explicit Choices(std::uint64_t seed) : random_{seed} {}
    std::uint64_t random_;
    std::vector<Choice> trail_;
    std::size_t at_ = 0;
};

class World {
public:
    static constexpr std::size_t threads = 2;

    explicit World(Choices& choices) : choices_{choices} { current() = this; }
    World(const World&) = delete;
    World& operator=(const World&) = delete;
    ~World() { current() = nullptr; }

    /// The world that atomics belong to.
    static World*& current() {
        static World* world = nullptr;
        return world;
    }

    /// What went wrong first; empty: nothing.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    void fail(const std::string& what) {
        if (failure_.empty()) failure_ = what;
    }
    std::size_t choose(std::size_t count) { return choices_.choose(count); }

    /// Runs both to their ends; behind this everything has happened before what follows.
    void run(std::function<void()> first, std::function<void()> second) {
        bodies_ = {std::move(first), std::move(second)};
        for (std::size_t t = 0; t < threads; ++t) {
            stacks_[t].resize(128 * 1024);
            ::getcontext(&contexts_[t]);
            contexts_[t].uc_stack.ss_sp = stacks_[t].data();
            contexts_[t].uc_stack.ss_size = stacks_[t].size();
            contexts_[t].uc_link = nullptr;
            ::makecontext(&contexts_[t], &enter, 0);
        }
        running_ = true;
        thread_ = choose(threads);
        ::swapcontext(&home_, &contexts_[thread_]);
        running_ = false;
        Clock all{};
        for (const Clock& clock : clocks_) join(all, clock);
        clocks_ = {all, all};
    }

    std::uint64_t load(const void* address, std::uint64_t initial, std::memory_order order) {
        may_switch();
        Location& at = location(address, initial);
        const std::size_t first = oldest_visible(at);
        const std::size_t index = first + choose(at.stores.size() - first);
        for (std::size_t i = first; i < at.stores.size(); ++i)
            if (at.stores[i].plain && !happened_before(at.stores[i])) fail("a load races with a plain write");
        const Store& store = at.stores[index];
        at.seen[thread_] = index;
        at.loaded[thread_] = tick();
        if (order == std::memory_order_acquire && store.release) join(clocks_[thread_], store.clock);
        return store.value;
    }

    void store(const void* address, std::uint64_t initial, std::uint64_t value, std::memory_order order) {
        may_switch();
        Location& at = location(address, initial);
        check_no_reader(at, at.read, "a store races with a plain read");
        tick();
        add(at, value, false, order == std::memory_order_release);
    }

    void write(const void* address, std::uint64_t value) {
        Location& at = location(address, 0);
        check_no_reader(at, at.read, "a plain write races with a plain read");
        check_no_reader(at, at.loaded, "a plain write races with a load");
        if (!happened_before(at.stores.back())) fail("two writes race");
        tick();
        add(at, value, true, false);
    }

    std::uint64_t read(const void* address) {
        Location& at = location(address, 0);
        if (!happened_before(at.stores.back())) fail("a plain read races with a write");
        at.read[thread_] = tick();
        return at.stores.back().value;
    }

private:
    using Clock = std::array<std::uint64_t, threads>;
    struct Store {
        std::uint64_t value;
        std::size_t thread;
        std::uint64_t time;
        bool plain;
        bool release;
        Clock clock;
    };
    struct Location {
        const void* address;
        std::vector<Store> stores;
        std::array<std::size_t, threads> seen;  // the newest store that a thread has read
        Clock loaded;                           // when a thread last loaded, and last read plainly
        Clock read;
    };

    static void enter() {
        World& world = *current();
        const std::size_t thread = world.thread_;
        world.bodies_[thread]();
        world.done_[thread] = true;
        const std::size_t other = 1 - thread;
        if (world.done_[other]) ::setcontext(&world.home_);
        world.thread_ = other;
        ::setcontext(&world.contexts_[other]);
    }

    void may_switch() {
        if (!running_ || done_[1 - thread_] || choose(2) == 0) return;
        const std::size_t before = thread_;
        thread_ = 1 - thread_;
        ::swapcontext(&contexts_[before], &contexts_[thread_]);
    }

    Location& location(const void* address, std::uint64_t initial) {
        for (Location& at : locations_)
            if (at.address == address) return at;
        locations_.push_back({address, {{initial, 0, 0, false, false, {}}}, {}, {}, {}});
        return locations_.back();
    }
    static void join(Clock& into, const Clock& from) {
        for (std::size_t t = 0; t < threads; ++t)
            if (from[t] > into[t]) into[t] = from[t];
    }
    std::uint64_t tick() { return ++clocks_[thread_][thread_]; }
    [[nodiscard]] bool happened_before(const Store& store) const { return store.time <= clocks_[thread_][store.thread]; }

    std::size_t oldest_visible(const Location& at) const {
        std::size_t oldest = at.seen[thread_];
        for (std::size_t i = oldest; i < at.stores.size(); ++i)
            if (happened_before(at.stores[i])) oldest = i;
        return oldest;
    }
    void check_no_reader(const Location&, const Clock& when, const char* what) {
        const std::size_t other = 1 - thread_;
        if (when[other] > clocks_[thread_][other]) fail(what);
    }
    void add(Location& at, std::uint64_t value, bool plain, bool release) {
        at.stores.push_back({value, thread_, clocks_[thread_][thread_], plain, release, clocks_[thread_]});
        at.seen[thread_] = at.stores.size() - 1;
    }

    Choices& choices_;
    std::string failure_;
    std::vector<Location> locations_;
    std::array<Clock, threads> clocks_{};
    std::array<std::function<void()>, threads> bodies_;
    std::array<std::vector<char>, threads> stacks_;
    std::array<bool, threads> done_{};
    ::ucontext_t contexts_[threads]{};
    ::ucontext_t home_{};
    std::size_t thread_ = 0;
    bool running_ = false;
};

/// Stands where std::atomic would; as large as T, and usable in memory that no constructor has seen.
template <class T>
class Atomic {
public:
    Atomic() = default;
    Atomic(T value) : initial_{value} {}
    Atomic(const Atomic&) = delete;
    Atomic& operator=(const Atomic&) = delete;

    T load(std::memory_order order) const { return static_cast<T>(World::current()->load(this, initial_, order)); }
    void store(T value, std::memory_order order) { World::current()->store(this, initial_, value, order); }

private:
    T initial_;
};

}  // namespace test::model
