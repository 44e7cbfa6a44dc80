// SPDX-License-Identifier: MIT
#pragma once
#include "notch.hpp"

#include "random_event.hpp"
#include "temporary.hpp"

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

namespace test {

/// A ledger of random events in several files, among them lines without envelope and, if asked for, damage of every sort.
class RandomLedger {
public:
    /// A type with a name of its own, and one whose lines have no envelope.
    struct Plain {
        random::Inner inner{};
        std::vector<std::string> list{};
        bool operator==(const Plain&) const = default;
    };
    struct Bare {
        std::int64_t bare{};
        std::string text{};
        static constexpr auto notch_options() { return notch::options(notch::no_envelope); }
        bool operator==(const Bare&) const = default;
    };

    std::vector<random::Event> events{};
    std::vector<Plain> plains{};
    std::vector<Bare> bares{};

    RandomLedger(std::uint64_t seed, std::size_t count, bool damaged = false) : random_{seed} {
        const std::size_t files = 1 + random_.below(4);
        for (std::size_t file = files; file != 0; --file) {
            std::string text;
            for (std::size_t i = 0; i < count / files + (file == 1 ? count % files : 0); ++i) {
                add(text);
                if (damaged && random_.below(3) == 0) damage(text);
            }
            std::ofstream{path() + (file == 1 ? "" : "." + std::to_string(file - 1)), std::ios::binary} << text;
        }
        options_.buffer_bytes = std::size_t{256} << random_.below(8);
    }

    [[nodiscard]] std::string path() const { return place_ / "x.jsonl"; }

    /// Empty when everything comes back as it was and in its order; otherwise what is wrong.
    [[nodiscard]] std::string read_back() const {
        const std::string wrong = read_named();
        return wrong.empty() ? read_bare() : wrong;
    }

private:
    /// Compares what comes with what went.
    template <class T>
    class Comparison {
    public:
        Comparison(const char* what, const std::vector<T>& expected) : what_{what}, expected_{expected} {}
        bool operator()(const T& one) {
            const std::string place = std::string{what_} + " " + std::to_string(next_);
            if (next_ == expected_.size()) wrong = place + " is too many";
            else if (!(one == expected_[next_])) wrong = place + " is another one";
            ++next_;
            return wrong.empty();
        }
        [[nodiscard]] std::string outcome() const {
            if (!wrong.empty() || next_ == expected_.size()) return wrong;
            return std::string{what_} + " " + std::to_string(next_) + " is missing";
        }
        std::string wrong{};

    private:
        const char* what_;
        const std::vector<T>& expected_;
        std::size_t next_ = 0;
    };

    [[nodiscard]] std::string read_named() const {
        Comparison<random::Event> event{"event", events};
        Comparison<Plain> plain{"plain event", plains};
        const auto seen = notch::LedgerReader{path(), options_}.visit<Plain, random::Event>(plain, event);
        if (!seen) return seen.error().message();
        return event.outcome().empty() ? plain.outcome() : event.outcome();
    }
    [[nodiscard]] std::string read_bare() const {
        Comparison<Bare> bare{"bare line", bares};
        Comparison<Plain> plain{"plain event", plains};
        const auto seen = notch::LedgerReader{path(), options_}.visit<Bare, Plain>(bare, plain);
        if (!seen) return seen.error().message();
        return bare.outcome().empty() ? plain.outcome() : bare.outcome();
    }

    void add(std::string& text) {
        switch (random_.below(4)) {
            case 0:
                random_.fill(plains.emplace_back().inner);
                random_.fill(plains.back().list);
                text += notch::to_line(plains.back());
                break;
            case 1:
                random_.fill(bares.emplace_back().bare);
                random_.fill(bares.back().text);
                text += notch::to_line(bares.back());
                break;
            default:
                events.push_back(random::random_event(random_.bits()));
                text += notch::to_line(events.back());
                break;
        }
        text += '\n';
    }

    /// Something that is no good line; where it is glued to the next one, that one can be salvaged.
    void damage(std::string& text) {
        const std::string line = notch::to_line(random::random_event(random_.bits()));
        switch (random_.below(6)) {
            case 0: text += line.substr(0, 1 + random_.below(line.size() - 1)) + "\n"; break;
            case 1: text += std::string(1 + random_.below(2'000), '\0') + "\n"; break;
            case 2: text += line.substr(0, 14) + "\xff" + line.substr(14) + "\n"; break;
            case 3: text += line.substr(0, 20) + "\n\n[]\n"; break;
            case 4: text += line.substr(0, line.size() - 1) + ",\"x\":\x01}\n"; break;
            default:
                text += line.substr(0, 40);
                events.push_back(random::random_event(random_.bits()));
                text += notch::to_line(events.back()) + "\n";
                break;
        }
    }

    TemporaryDirectory place_{};
    random::Random random_;
    notch::LedgerOptions options_{};
};

}  // namespace test
