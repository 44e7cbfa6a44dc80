// SPDX-License-Identifier: MIT
#ifndef NOTCH_DOMAIN_METERING_HPP
#define NOTCH_DOMAIN_METERING_HPP

#include "../base/instant.hpp"
#include "../base/result.hpp"
#include "../config.hpp"
#include "../event/options.hpp"
#include "../json/decode.hpp"
#include "../json/line.hpp"
#include "../record/batch.hpp"
#include "../record/options.hpp"
#include "../record/recorder.hpp"
#include "../sink/capture.hpp"
#include "../sink/file.hpp"
#include "../sink/null.hpp"
#include "../sink/stream.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// The vocabulary of virtual machine metering, as Go's package `metering` of cocoon writes and reads it. What makes a compiler work
// is a template here, also where one type alone is meant, so that it costs those who meter and nobody else.

namespace notch::inline NOTCH_ABI::metering {

/// What began or ended. Whoever adds up pairs `start` with `stop` by id: see Usage.
enum class Kind : std::uint8_t {
    vm_compute_start, vm_compute_stop, vm_storage_start, vm_storage_stop, snap_storage_start, snap_storage_stop
};
template <class E>
    requires std::is_same_v<E, Kind>
constexpr auto notch_enum(E*) {
    return std::array<std::pair<E, std::string_view>, 6>{{{E::vm_compute_start, "vm.compute.start"},
                                                          {E::vm_compute_stop, "vm.compute.stop"},
                                                          {E::vm_storage_start, "vm.storage.start"},
                                                          {E::vm_storage_stop, "vm.storage.stop"},
                                                          {E::snap_storage_start, "snap.storage.start"},
                                                          {E::snap_storage_stop, "snap.storage.stop"}}};
}

/// Why; `unsaid` is left out of the line.
enum class Reason : std::uint8_t { unsaid, boot, restart, clone, restore, hibernate_wake, stop_user, stop_crash, vm_rm, snap_rm };
template <class E>
    requires std::is_same_v<E, Reason>
constexpr auto notch_enum(E*) {
    return std::array<std::pair<E, std::string_view>, 10>{{{E::unsaid, ""},
                                                           {E::boot, "boot"},
                                                           {E::restart, "restart"},
                                                           {E::clone, "clone"},
                                                           {E::restore, "restore"},
                                                           {E::hibernate_wake, "hibernate-wake"},
                                                           {E::stop_user, "stop-user"},
                                                           {E::stop_crash, "stop-crash"},
                                                           {E::vm_rm, "vm-rm"},
                                                           {E::snap_rm, "snap-rm"}}};
}

/// What a machine has when the entry is made. Signed as the original's integers are; what is 0 is left out of the line.
struct Shape {
    std::int64_t cpu = 0;
    std::int64_t mem_bytes = 0;
    std::int64_t storage_bytes = 0;

    bool operator==(const Shape&) const = default;
    static constexpr auto notch_options() {
        return options(field("cpu", omit_empty), field("mem_bytes", omit_empty), field("storage_bytes", omit_empty));
    }
};

/// Go's zero time, `0001-01-01T00:00:00Z`: the entry has none.
inline constexpr Instant zero_time{-62'135'596'800};

/// One event in the life of a virtual machine or a snapshot; a line of a metering ledger.
///
///     notch::metering::Entry entry{.kind = notch::metering::Kind::vm_compute_start, .vm_id = "vm1",
///                                  .reason = notch::metering::Reason::boot, .shape = {.cpu = 4}};
///     entry.emitted_at = std::chrono::system_clock::now();
///     notch::to_line(entry);
///     // {"kind":"vm.compute.start","vm_id":"vm1","reason":"boot","shape":{"cpu":4},"emitted_at":"2026-05-20T01:02:03.5Z"}
///
/// There is no envelope, so a Recorder tells of dropped entries by on_error and stats() only. Texts that are empty are left out;
/// nothing sets `emitted_at` but you. Read as strictly as everything (from_json, from_line, LedgerReader::visit): `kind`, `shape` and
/// `emitted_at` must be there, and a time with an offset is taken as the same time in UTC.
struct Entry {
    Kind kind{};
    std::string vm_id{};
    std::string snapshot_id{};
    std::string source_snapshot_id{};
    Reason reason{};
    std::string hypervisor{};
    Shape shape{};
    Instant emitted_at = zero_time;

    bool operator==(const Entry&) const = default;
    static constexpr auto notch_options() {
        return options(field("vm_id", omit_empty), field("snapshot_id", omit_empty), field("source_snapshot_id", omit_empty),
                       field("reason", omit_empty), field("hypervisor", omit_empty), no_envelope);
    }
};

/// Writes the entry's line, with its newline, and gives back how many bytes were written, or the writer's error as it is.
///
///     auto written = notch::metering::write_to(notch::StreamSink{1}, entry);  // a sink
///     auto sent = notch::metering::write_to([&](std::string_view line) { return socket.send(line); }, entry);
///
/// A writer is a Sink, or takes a std::string_view and gives back a Result<std::size_t>. It is called once, on this thread.
template <class Writer>
Result<std::size_t> write_to(Writer&& writer, const Entry& entry) {
    std::string line;
    append_line(line, entry);
    line += '\n';
    if constexpr (Sink<std::remove_cvref_t<Writer>>) {
        const LineInfo info{.size = line.size()};
        Delivery delivery = writer.write(Batch{line, detail::lines_at(&info, 1)});
        if (delivery.error) return static_cast<Error&&>(*delivery.error);
        return delivery.accepted == 0 ? std::size_t{0} : line.size();
    } else {
        constexpr bool takes = std::is_invocable_r_v<Result<std::size_t>, Writer&, std::string_view>;
        static_assert(
            takes,
            "notch: a writer is a notch::Sink, or takes a std::string_view and returns a notch::Result<std::size_t>, the bytes written");
        if constexpr (takes) return writer(std::string_view{line});
        else return std::size_t{0};
    }
}

// ---- recorders -------------------------------------------------------------------------------------------------------
//
// Code that meters takes a `notch::Recorder&` and calls `record(entry)`: from any thread, to any of these.

/// Options of a recorder whose callers never wait, whatever becomes of the ledger: what does not fit into a thread's ring is dropped
/// and counted, and errors go to on_error, by default a line on stderr.
///
///     notch::Recorder ledger{notch::FileSink{"ledger.jsonl"}, notch::metering::never_wait({.queue_bytes = 1 << 20})};
[[nodiscard]] inline RecorderOptions never_wait(RecorderOptions options = {}) {
    options.on_full = OnFull::drop_newest;
    return options;
}

/// Takes every entry and keeps none, without a thread; for programs in which metering is off.
///
///     notch::Recorder off = notch::metering::nop_recorder();
template <class S = NullSink>
[[nodiscard]] Recorder nop_recorder() {
    return Recorder{S{}, RecorderOptions{.queue_bytes = 4096, .thread = false}};
}

/// Writes entries to standard error, or to another descriptor that is open already.
///
///     notch::Recorder seen = notch::metering::stream_recorder();
template <class S = StreamSink>
[[nodiscard]] Recorder stream_recorder(int descriptor = 2, RecorderOptions options = {}) {
    return Recorder{S{descriptor}, never_wait(static_cast<RecorderOptions&&>(options))};
}

/// Appends entries to a ledger that open_ledger has opened.
///
///     auto ledger = notch::metering::open_ledger("/var/lib/vms/ledger.jsonl");
///     if (!ledger) return complain(ledger.error());
///     notch::Recorder recorder = notch::metering::file_recorder(std::move(*ledger));
template <class S = FileSink>
[[nodiscard]] Recorder file_recorder(S ledger, RecorderOptions options = {}) {
    return Recorder{static_cast<S&&>(ledger), never_wait(static_cast<RecorderOptions&&>(options))};
}

/// Opens a ledger to append to, made with mode 0600 when it is not there. Errors: open_failed, also when its directory is missing; refused
/// (a link, a FIFO, a directory).
[[nodiscard]] inline Result<FileSink> open_ledger(std::string path) { return FileSink::open(static_cast<std::string&&>(path)); }

/// A recorder for tests, which keeps what it is given.
///
///     notch::metering::Capture capture;
///     boot_machine(capture.recorder());  // the code under test
///     CHECK(capture.entries()[0].kind == notch::metering::Kind::vm_compute_start);
///
/// Any threads may record meanwhile; the other functions are for one at a time. Callers wait for room, so that none is missing.
class Capture {
public:
    [[nodiscard]] Recorder& recorder() noexcept { return capture_.recorder(); }

    /// A copy of what was recorded until now, in the order of the lines.
    template <class E = Entry>
    [[nodiscard]] std::vector<E> entries() { return capture_.events<E>(); }

    void reset() { capture_.reset(); }

private:
    notch::Capture capture_;
};

}  // namespace notch::inline NOTCH_ABI::metering

#endif
