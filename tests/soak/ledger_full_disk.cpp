// SPDX-License-Identifier: MIT
// A disk of 8 MB that becomes full again and again: what is lost is counted exactly, and writing goes on when there is room.
//
//     ledger_full_disk [ROUNDS = 100]
//
// The disk is a tmpfs in a mount namespace of the program's own, for which it must be root, or be allowed to have a user namespace.
#include "notch.hpp"

#include "../support/numbered_ledger.hpp"
#include "../support/small_disk.hpp"

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>

#include <sys/mount.h>
#include <unistd.h>

namespace {

struct Place {
    std::string disk;
    std::string filler = disk + "/filler";
    std::string ledger = disk + "/events.jsonl";
};

notch::RecorderOptions quiet(bool thread) {
    notch::RecorderOptions options;
    options.on_error = [](const notch::Error&) {};
    options.thread = thread;
    options.queue_bytes = 64 * 1024;
    return options;
}

bool is_whole(const Place& place, const notch::Stats& stats, const char* what) {
    test::NumberedLedger ledger;
    ledger.read_file(place.ledger);
    bool good = test::says(stats.recorded == stats.written + stats.dropped, "the accounting");
    good &= test::says(ledger.events == stats.written && ledger.gaps == stats.gaps, "lines in the ledger are not those counted as written");
    good &= test::says(ledger.torn + ledger.glued + ledger.tails + ledger.twice == 0, "a line is torn or stands twice");
    if (!good)
        std::printf("  %s: %llu recorded, %llu written, %llu in the ledger\n", what, static_cast<unsigned long long>(stats.recorded),
                    static_cast<unsigned long long>(stats.written), static_cast<unsigned long long>(ledger.events));
    return good;
}

/// OnFault::drop: full, then room, then full once more.
bool drop(const Place& place, std::size_t bytes, bool thread, std::size_t room, std::uint64_t& dropped) {
    std::remove(place.ledger.c_str());
    notch::Recorder recorder{notch::FileSink{place.ledger}, quiet(thread)};
    std::uint64_t number = 0;
    bool good = true;
    for (int round = 0; round < 2; ++round) {
        test::fill_disk(place.filler, room);
        for (std::size_t left = 2 * room + 65536; left > bytes; left -= bytes) recorder.record(test::numbered(0, number++, bytes));
        good &= test::says(!recorder.flush(), "a flush says that what was lost is there");
        const std::uint64_t lost = recorder.stats().dropped;
        good &= test::says(lost > 0, "the disk was not full");
        std::remove(place.filler.c_str());
        for (int i = 0; i < 20; ++i) recorder.record(test::numbered(0, number++, bytes));
        good &= test::says(recorder.flush() && recorder.stats().dropped == lost, "writing does not go on when there is room");
    }
    recorder.close();
    const notch::Stats stats = recorder.stats();
    dropped += stats.dropped;
    good &= test::says(stats.gaps > 0, "no gap line");
    return is_whole(place, stats, "drop") && good;
}

/// OnFault::block: somebody makes room while the recorder waits, and nothing is lost.
bool block(const Place& place, std::size_t bytes, std::size_t room) {
    std::remove(place.ledger.c_str());
    notch::FileOptions file;
    file.path = place.ledger;
    file.on_fault = notch::OnFault::block;
    test::fill_disk(place.filler, room);
    std::atomic<bool> reported{false};
    notch::RecorderOptions options = quiet(true);
    options.on_error = [&](const notch::Error& error) { reported = error.os_error == ENOSPC; };
    notch::Recorder recorder{notch::FileSink{file}, options};
    std::thread cleaner{[&] {
        while (!reported) std::this_thread::sleep_for(std::chrono::milliseconds{1});
        std::remove(place.filler.c_str());
    }};
    std::uint64_t number = 0;
    for (std::size_t left = 2 * room + 65536; left > bytes; left -= bytes) recorder.record(test::numbered(0, number++, bytes));
    bool good = test::says(recorder.flush(std::chrono::minutes{5}), "what waited for room is not written");
    cleaner.join();
    recorder.close();
    good &= test::says(recorder.stats().dropped == 0, "something was dropped");
    return is_whole(place, recorder.stats(), "block") && good;
}

/// OnFault::stop: nothing more until it is reopened.
bool stop(const Place& place, std::size_t bytes, std::size_t room) {
    std::remove(place.ledger.c_str());
    notch::FileOptions file;
    file.path = place.ledger;
    file.on_fault = notch::OnFault::stop;
    test::fill_disk(place.filler, room);
    notch::FileSink sink{file};
    const notch::FileControl control = sink.control();
    notch::Recorder recorder{std::move(sink), quiet(true)};
    std::uint64_t number = 0;
    for (std::size_t left = 2 * room + 65536; left > bytes; left -= bytes) recorder.record(test::numbered(0, number++, bytes));
    bool good = test::says(!recorder.flush(), "a flush says that what was lost is there");
    std::remove(place.filler.c_str());
    const std::uint64_t written = recorder.stats().written;
    recorder.record(test::numbered(0, number++, bytes));
    good &= test::says(!recorder.flush() && recorder.stats().written == written, "it goes on though it is to stop");
    control.reopen();
    recorder.record(test::numbered(0, number++, bytes));
    good &= test::says(recorder.flush() && recorder.stats().written == written + 1, "it does not go on when it is reopened");
    recorder.close();
    return is_whole(place, recorder.stats(), "stop") && good;
}

}  // namespace

int main(int argc, char** argv) {
    const std::size_t rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100;
    const test::TemporaryDirectory directory{test::directory_of(argv[0]).c_str()};
    if (!test::mount_small_disk(directory.path())) {
        std::printf("FAIL no small disk can be mounted: neither root nor user namespaces\n");
        return 1;
    }
    const Place place{directory.path()};
    bool good = true;
    std::uint64_t dropped = 0;
    std::size_t runs = 0;
    for (std::size_t round = 0; round < rounds && good; ++round) {
        for (const std::size_t bytes : {std::size_t{300}, std::size_t{9'000}}) {
            const std::size_t room = (round * 3 % 29) * 4096;
            good &= drop(place, bytes, round % 2 == 0, room, dropped) && block(place, bytes, room) && stop(place, bytes, room);
            runs += 3;
        }
    }
    ::umount2(directory.path().c_str(), MNT_DETACH);
    std::printf("%zu runs on a full disk of 8 MB: %llu lines dropped and counted, all others there\n", runs,
                static_cast<unsigned long long>(dropped));
    return good ? 0 : 1;
}
