// SPDX-License-Identifier: MIT
// The extractor is killed at each of its system calls in turn, and each of them fails in turn: nothing is lost, and what comes again
// has the id that it had.
#include "notch.hpp"

#include "../support/intaking.hpp"
#include "../support/reading.hpp"
#include "../support/system_calls.hpp"
#include "../support/temporary.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

using test::IntakePlace;
using test::Names;
using test::Number;

/// Where syncing costs nothing: there are hundreds of runs.
constexpr const char* in_memory = "/dev/shm";

/// Every call there is but those of memory and threads: a sanitizer makes them with its own locks held, and they change nothing that
/// another process sees.
std::vector<int> every_call() {
    const std::set<int> left_out{
        SYS_clone, SYS_clone3, SYS_futex, SYS_brk, SYS_munmap, SYS_mprotect, SYS_madvise, SYS_sched_yield,
#if defined(SYS_fork)
        SYS_fork,  SYS_vfork,
#endif
#if defined(SYS_mmap)
        SYS_mmap,
#endif
    };
    std::vector<int> out;
    for (int call = 0; call < 480; ++call)
        if (left_out.count(call) == 0) out.push_back(call);
    return out;
}

/// The calls by which an intake asks or changes something on the disk.
const std::vector<int> disk_calls{SYS_openat, SYS_openat2,  SYS_read,       SYS_write,      SYS_fsync,
                                  SYS_linkat, SYS_unlinkat, SYS_fchmod,     SYS_getdents64, SYS_flock,
                                  SYS_fcntl,  SYS_mkdirat,  SYS_newfstatat, SYS_renameat,   SYS_renameat2};

/// Puts a directory in place by one rename, as a careful writer would: it is whole when it is seen.
void put_whole(IntakePlace& place, const std::string& name, const std::string& bytes) {
    test::put_entry(place.place / "made", bytes);
    REQUIRE(::rename((place.place / "made").c_str(), (place / name).c_str()) == 0);
}

/// What was yielded, as the consumer has it on its own disk: a line for each, written before it moves on.
struct Journal {
    std::string path;

    void note(const notch::Taken<Number>& one) const {
        const std::string line = one.id + " " + one.name + " " + std::to_string(one->number) + "\n";
        bool written = false;
        while (!written) {  // a call of its own may be the one that fails
            const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
            written = ::write(file, line.data(), line.size()) > 0;
            ::close(file);
        }
    }
    /// id -> the rest, the same for all of the id.
    [[nodiscard]] std::map<std::string, std::string> read() const {
        std::map<std::string, std::string> out;
        for (const std::string& line : test::lines_of(path)) {
            const std::string id = line.substr(0, line.find(' '));
            const std::string rest = line.substr(id.size() + 1);
            CHECK(out.emplace(id, rest).first->second == rest);
        }
        return out;
    }
};

/// What there is to take. Each kind by itself, since every run is as long as the number of its calls, and there are as many runs.
enum class Kind { value, corrupt, orphan };

void fill(IntakePlace& place, Kind kind) {
    if (kind == Kind::orphan) return test::make(place / "entry");
    put_whole(place, "entry", kind == Kind::value ? test::number(1) : "{");
}

/// One pass.
void extract(IntakePlace& place, Kind kind, const Journal& journal) {
    const auto judge = [](const notch::IntakeEntry& entry) -> notch::IntakeVerdict<Number> {
        if (!entry.has()) return notch::IntakeAnswer::clean_up;
        return entry.read<Number>();
    };
    notch::IntakeOptions options = place.directories();
    if (kind != Kind::corrupt) options.quarantine = {};
    for (const auto& one : notch::intake<Number>(options, judge)) journal.note(one);
}

/// After whatever happened, and then a pass that was not disturbed. Returns how often the value was yielded.
std::size_t check_nothing_lost(IntakePlace& place, Kind kind, const Journal& journal) {
    CHECK(test::names_in(place.base).empty());
    const auto noted = journal.read();
    const Names kept = test::kept_in(place.bad);
    CHECK(noted.size() == (kind == Kind::value ? 1U : 0U));  // one id, however often
    for (const auto& one : noted) CHECK(one.second == "entry 1");
    CHECK(kept.empty() == (kind != Kind::corrupt));
    CHECK(kept.size() <= 2);  // the call that failed or was the last may have come after it was kept
    for (const std::string& bytes : kept) CHECK(bytes == "{");
    return test::lines_of(journal.path).size();
}

struct Runs {
    std::size_t count = 0;
    std::size_t repeats = 0;
};

/// An extractor for each of its calls, killed there; then another one.
Runs kill_at_each_call(Kind kind) {
    Runs runs;
    for (bool finished = false; !finished; ++runs.count) {
        CAPTURE(runs.count);
        IntakePlace place{in_memory};
        const Journal journal{place.place / "journal"};
        fill(place, kind);
        std::size_t index = 0;
        const ::pid_t parent = ::getpid();
        const auto kill_at = [&](int, ::pid_t caller) {
            // The thread that forks the extractor and waits for it is of this process.
            if (::syscall(SYS_tgkill, parent, caller, 0) != 0 && index++ == runs.count) ::kill(caller, SIGKILL);
            return 0;
        };
        test::with_watched_calls(every_call(), kill_at, [&] {
            finished = test::exit_status_of([&] {
                           extract(place, kind, journal);
                           return 0;
                       }) == 0;
        });
        extract(place, kind, journal);
        runs.repeats += check_nothing_lost(place, kind, journal) > 1 ? 1U : 0U;
    }
    return runs;
}

}  // namespace

TEST_CASE("an extractor killed at any of its system calls loses no value, and one that comes again has its id") {
    const Runs runs = kill_at_each_call(Kind::value);
    CHECK(runs.count > 80);
    CHECK(runs.repeats >= 1);
}

TEST_CASE("an extractor killed at any of its system calls brings what is corrupt to the quarantine") {
    CHECK(kill_at_each_call(Kind::corrupt).count > 120);
}

TEST_CASE("an extractor killed at any of its system calls leaves no orphan half removed") {
    CHECK(kill_at_each_call(Kind::orphan).count > 80);
}

TEST_CASE("any call of an extractor may fail: no entry is lost, each failure is told or made good") {
    for (const Kind kind : {Kind::value, Kind::corrupt, Kind::orphan}) {
        std::size_t failing = 0;
        for (;; ++failing) {
            CAPTURE(failing);
            IntakePlace place{in_memory};
            const Journal journal{place.place / "journal"};
            fill(place, kind);
            std::size_t index = 0;
            const auto fail_one = [&](int, ::pid_t) { return index++ == failing ? EIO : 0; };
            const std::size_t count =
                test::with_watched_calls(disk_calls, fail_one, [&] { extract(place, kind, journal); });
            if (count <= failing) break;
            const bool left = ::access((place / "entry").c_str(), F_OK) == 0 || !test::claims_in(place.base).empty();
            CHECK(left <= !place.errors.empty());
            extract(place, kind, journal);
            check_nothing_lost(place, kind, journal);
        }
        CHECK(failing > 50);
    }
}

TEST_CASE("an entry that vanishes before it is opened is not judged, and nothing is told of it") {
    IntakePlace place;
    test::put(place / "one", test::number(1));
    notch::IntakeOptions options = place.files();
    int told = 0;
    options.on_decision = [&](const notch::IntakeNotice&) { ++told; };
    int judged = 0;
    const auto judge = [&](const notch::IntakeEntry& entry) -> notch::IntakeVerdict<test::Number> {
        ++judged;
        return entry.read<test::Number>();
    };
    auto intake = notch::intake<test::Number>(options, judge);
    const auto remove = [&](int, ::pid_t) {
        ::unlink((place / "one").c_str());
        return 0;
    };
    test::with_watched_calls({SYS_openat2}, remove, [&] { CHECK(intake.next() == nullptr); });
    CHECK(judged == 0);
    CHECK(told == 0);
    CHECK(place.errors.empty());
    test::put(place / "one", test::number(1));
    REQUIRE(intake.next() != nullptr);
    CHECK(judged == 1);
    CHECK(told == 1);
}

TEST_CASE("an extractor whose directory is removed by another one before it is locked makes another one") {
    for (const int call : {SYS_flock, SYS_mkdirat}) {  // before it is locked; before it is made
        CAPTURE(call);
        IntakePlace place;
        test::put(place / "one", test::number(1));
        const std::string claims = place / ".notch-intake";
        bool removed = false;
        const auto remove_claims = [&](int, ::pid_t) {
            if (removed || ::access(claims.c_str(), F_OK) != 0) return 0;
            for (const std::string& owner : test::names_in(claims)) {
                ::unlink((claims + "/" + owner + "/lock").c_str());
                ::rmdir((claims + "/" + owner).c_str());
            }
            removed = ::rmdir(claims.c_str()) == 0;
            return 0;
        };
        test::with_watched_calls({call}, remove_claims, [&] {
            auto intake = notch::intake<test::Number>(place.files());
            CHECK(intake.next() != nullptr);
            CHECK(test::claims_in(place.base).size() == 1);
        });
        CHECK(removed);
        CHECK(place.errors.empty());
        CHECK(test::take(place.files()) == test::Numbers{{"one", 1}});
    }
}

TEST_CASE("a directory that gets another file while it is removed is removed all the same") {
    IntakePlace place;
    test::put_entry(place / "one", test::number(1));
    bool added = false;
    const auto add = [&](int, ::pid_t) {
        for (const std::string& owner : test::names_in(place / ".notch-intake")) {
            for (const std::string& name : test::names_in(place / ".notch-intake/" + owner)) {
                const std::string path = place / ".notch-intake/" + owner + "/" + name;
                if (!name.starts_with(".gone-") || !test::names_in(path).empty() || std::exchange(added, true)) continue;
                test::put(path + "/late", "");
            }
        }
        return 0;
    };
    test::with_watched_calls({SYS_unlinkat}, add, [&] { CHECK(test::take(place.directories()) == test::Numbers{{"one", 1}}); });
    CHECK(added);
    CHECK(place.errors.empty());
    CHECK(test::names_in(place.base).empty());
}

TEST_CASE("what cannot be removed is told of once and set aside; the next extractor tries again") {
    IntakePlace place;
    for (const char* name : {"one", "two"}) test::put(place / name, test::number(1));
    test::with_refused_calls({SYS_unlinkat}, EBUSY, [&] { CHECK(test::take(place.files()).size() == 2); });
    CHECK(place.errors.size() == 2);
    for (const notch::Error& error : place.errors) CHECK(error.expected == "an entry that can be removed");
    std::size_t aside = 0;
    for (const std::string& owner : test::names_in(place / ".notch-intake"))
        for (const std::string& name : test::names_in(place / ".notch-intake/" + owner)) {
            CHECK_FALSE(name.starts_with(".gone-"));
            aside += name.starts_with(".stuck-") ? 1U : 0U;
        }
    CHECK(aside == 2);
    CHECK(test::take(place.files()).empty());
    CHECK(place.errors.size() == 2);
    CHECK(test::names_in(place.base).empty());
}
