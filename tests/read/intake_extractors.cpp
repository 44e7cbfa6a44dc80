// SPDX-License-Identifier: MIT
// Several extractors on one directory: each entry has one owner, a dead one's claims are taken over, a living one's are not.
#include "notch.hpp"

#include "../support/intaking.hpp"
#include "../support/reading.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using test::IntakePlace;
using test::Names;
using test::Number;
using test::Numbers;

/// A process that has claimed an entry and then waits; its id and name have been written to the pipe.
class Holder {
public:
    explicit Holder(IntakePlace& place, bool with_child = false) {
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        process_ = ::fork();
        REQUIRE(process_ >= 0);
        if (process_ == 0) hold(place, ends[1], with_child);
        ::close(ends[1]);
        char bytes[200];
        ::ssize_t count = 0;
        while (text_.find('\n') == std::string::npos && (count = ::read(ends[0], bytes, sizeof bytes)) > 0)
            text_.append(bytes, static_cast<std::size_t>(count));
        ::close(ends[0]);
        REQUIRE(text_.find('\n') != std::string::npos);
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    ~Holder() {
        die();
        if (child() > 0) ::kill(child(), SIGKILL);
    }

    void die() {
        if (process_ > 0) {
            ::kill(process_, SIGKILL);
            ::waitpid(process_, nullptr, 0);
        }
        process_ = 0;
    }
    [[nodiscard]] std::string id() const { return text_.substr(0, text_.find(' ')); }
    [[nodiscard]] ::pid_t child() const { return static_cast<::pid_t>(std::stol(text_.substr(text_.find(' ')))); }

private:
    [[noreturn]] static void hold(IntakePlace& place, int pipe, bool with_child) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (const auto& one : notch::intake<Number>(place.files())) {
            ::pid_t child = 0;
            if (with_child) {
                child = ::fork();
                while (child == 0) ::pause();
            }
            const std::string line = one.id + " " + std::to_string(child) + "\n";
            (void)!::write(pipe, line.data(), line.size());
            for (;;) ::pause();
        }
        ::_exit(1);
    }

    ::pid_t process_ = 0;
    std::string text_;
};

std::string id_of_next(const notch::IntakeOptions& options) {
    for (const auto& one : notch::intake<Number>(options)) return one.id;
    return {};
}

}  // namespace

TEST_CASE("processes share a directory: each entry is taken by one of them") {
    IntakePlace place;
    constexpr int entries = 200;
    for (int i = 0; i < entries; ++i) {
        if (i % 10 == 0) test::put(place / std::to_string(i), "{");
        else test::put(place / std::to_string(i), test::number(i));
    }
    std::vector<::pid_t> children;
    for (int process = 0; process < 4; ++process) {
        children.push_back(::fork());
        REQUIRE(children.back() >= 0);
        if (children.back() != 0) continue;
        const int log = ::open((place.place / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        for (const auto& one : notch::intake<Number>(place.files())) {
            const std::string line = one.name + "\n";
            if (::write(log, line.data(), line.size()) < 0) ::_exit(1);
        }
        for (const auto& error : place.errors)
            if (error.os_error != 0) ::_exit(2);
        ::_exit(0);
    }
    for (const ::pid_t child : children) {
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(status == 0);
    }
    std::map<std::string, int> count;
    for (const std::string& name : test::lines_of(place.place / "log")) CHECK(++count[name] == 1);
    CHECK(count.size() == entries - entries / 10);
    CHECK(test::kept_in(place.bad).size() == entries / 10);
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE(
    "what a living extractor has claimed nobody else gets; when it is dead, the next one does, with the same id") {
    IntakePlace place;
    test::put(place / "one", test::number(1));
    Holder holder{place};
    for (int i = 0; i < 3; ++i) CHECK(test::take(place.files()).empty());
    auto early = notch::intake<Number>(place.files());  // open already when the other one dies
    CHECK(early.next() == nullptr);
    holder.die();
    const auto* const one = early.next();
    REQUIRE(one != nullptr);
    CHECK(one->id == holder.id());
    CHECK(early.next() == nullptr);
    CHECK(place.errors.empty());
}

TEST_CASE("an extractor that dies during a pass of another one is found before that pass ends") {
    IntakePlace place;
    test::put(place / "one", test::number(1));
    Holder holder{place};
    test::put(place / "two", test::number(2));
    Numbers taken;
    for (const auto& one : notch::intake<Number>(place.files())) {
        taken[one.name] = one->number;
        holder.die();
    }
    CHECK(taken == Numbers{{"one", 1}, {"two", 2}});
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE("a child that a dead extractor has forked does not keep its claims from the others") {
    IntakePlace place;
    test::put(place / "one", test::number(1));
    Holder holder{place, true};
    CHECK(::kill(holder.child(), 0) == 0);
    CHECK(test::take(place.files()).empty());
    holder.die();
    CHECK(::kill(holder.child(), 0) == 0);
    CHECK(id_of_next(place.files()) == holder.id());
    CHECK(test::take(place.files()) == Numbers{{"one", 1}});
}

TEST_CASE("a child of fork has no part in its parent's intake: it yields, removes and gives back nothing") {
    IntakePlace place;
    for (const char* name : {"one", "two"}) test::put(place / name, test::number(1));
    {
        auto intake = notch::intake<Number>(place.files());
        REQUIRE(intake.next() != nullptr);
        const Names before = test::names_in(place / ".notch-intake/" + test::names_in(place / ".notch-intake")[0]);
        CHECK(before.size() == 2);  // the claim and the lock
        const int status = test::exit_status_of([&] {
            auto mine = std::move(intake);
            for ([[maybe_unused]] const auto& one : mine) return 2;  // not even the one at hand
            if (mine.next() != nullptr) return 1;
            return 0;  // and is destroyed
        });
        CHECK(status == 0);
        CHECK(test::names_in(place / ".notch-intake/" + test::names_in(place / ".notch-intake")[0]) == before);
        CHECK(test::names_in(place.base).size() == 2);  // the second entry and the claims
        CHECK(test::exit_status_of([&] { return static_cast<int>(test::take(place.files()).size()); }) == 1);
        CHECK(intake.next() == nullptr);  // the second entry was taken by the child's own intake
    }
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE("two extractors of one process: neither takes the other's claim, nor its locks") {
    IntakePlace place;
    test::put(place / "one", test::number(1));
    auto first = notch::intake<Number>(place.files());
    const auto* const one = first.next();
    REQUIRE(one != nullptr);
    const std::string id = one->id;
    {
        auto second = notch::intake<Number>(place.files());
        CHECK(second.next() == nullptr);
        CHECK(test::exit_status_of([&] { return static_cast<int>(test::take(place.files()).size()); }) == 0);
    }
    CHECK(test::exit_status_of([&] { return static_cast<int>(test::take(place.files()).size()); }) == 0);
    CHECK(one->id == id);
    CHECK(test::claims_in(place.base) == Names{id});
    CHECK(first.next() == nullptr);
    CHECK(test::claims_in(place.base).empty());
}

TEST_CASE("a dead extractor is recognised when its process number was the same as ours, as in containers") {
    IntakePlace place;
    const std::string id = "0000000000000001-0000000000000002-0000000000000003";
    const std::string owner = place / (".notch-intake/" + notch::detail::owner_name(notch::detail::own_process(), 1));
    test::make(place / ".notch-intake");
    test::make(owner);
    test::put(owner + "/lock", "");
    test::make(owner + "/" + id);
    test::put(owner + "/" + id + "/one", test::number(1));
    test::make(owner + "/0000000000000001-0000000000000002-0000000000000004");  // died before it had the entry
    test::make(owner + "/.gone-0000000000000000000");
    test::put(owner + "/.gone-0000000000000000000/two", test::number(2));
    CHECK(id_of_next(place.files()) == id);
    CHECK(test::take(place.files()) == Numbers{{"one", 1}});
    CHECK(test::names_in(place.base).empty());
    CHECK(place.errors.empty());
}

TEST_CASE("whatever the umask, an extractor that is not root claims, removes and leaves nothing") {
    IntakePlace place;
    REQUIRE(::chmod(place.place.path().c_str(), 0755) == 0);
    REQUIRE(::chmod(place.base.c_str(), 0777) == 0);
    for (const mode_t mask : {mode_t{0}, mode_t{0077}, mode_t{0277}}) {
        CAPTURE(mask);
        for (const char* name : {"one", "two"}) {
            test::put(place / name, test::number(1));
            REQUIRE(::chmod((place / name).c_str(), 0644) == 0);
        }
        const int status = test::exit_status_of([&] {
            if (!test::become_nobody()) return 10;
            ::umask(mask);
            notch::IntakeOptions options = place.files();
            options.quarantine = {};
            return test::take(options) == Numbers{{"one", 1}, {"two", 1}} && place.errors.empty() ? 0 : 1;
        });
        CHECK(status == 0);
        CHECK(test::names_in(place.base).empty());
    }
}

TEST_CASE("all that a dead extractor was removing is removed") {
    IntakePlace place;
    const std::string dead = place / ".notch-intake/0000000000000001-0000000000000002";
    test::make(place / ".notch-intake");
    test::make(dead);
    for (const char* name : {".gone-0000000000000000001", ".gone-0000000000000000002", ".stuck-0000000000000000003"})
        test::put_entry(dead + "/" + name, test::number(1));
    CHECK(test::take(place.files()).empty());
    CHECK(test::names_in(place.base).empty());
    CHECK(place.errors.empty());
}

TEST_CASE("names in the directory of the claims that are not an extractor's are left alone") {
    IntakePlace place;
    test::make(place / ".notch-intake");
    for (const char* name :
         {"notes", "0000000000000001", "0000000000000001-000000000000000g", "0000000000000001_0000000000000002"})
        test::put_entry(place / (std::string{".notch-intake/"} + name), test::number(1));
    for (const char* name : {"0000000000000003-00000000000000020", "0000000000000003-0000000000000002-0000000000000003"})
        test::make(place / (std::string{".notch-intake/"} + name));
    CHECK(test::take(place.files()).empty());
    CHECK(test::names_in(place / ".notch-intake").size() == 6);
}
