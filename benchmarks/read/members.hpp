// SPDX-License-Identifier: MIT
#ifndef NOTCH_BENCHMARKS_READ_MEMBERS_HPP
#define NOTCH_BENCHMARKS_READ_MEMBERS_HPP

#include "../common/events.hpp"

#include <string_view>

// For the libraries that hand out one member after the other: `take(field)` reads the value of `key` into the field that
// it belongs to. Other keys are passed over.

namespace bench {

template <class Take>
bool fill(std::string_view key, CodeInformation& v, Take take) {
    return key == "code" ? take(v.code) : true;
}

template <class Take>
bool fill(std::string_view key, Shape& v, Take take) {
    if (key == "cpu") return take(v.cpu);
    if (key == "mem_bytes") return take(v.mem_bytes);
    if (key == "storage_bytes") return take(v.storage_bytes);
    return true;
}

template <class Take>
bool fill(std::string_view key, RunnerStart& v, Take take) {
    if (key == "timestamp") return take(v.timestamp);
    if (key == "flavor") return take(v.flavor);
    if (key == "workflow") return take(v.workflow);
    if (key == "repo") return take(v.repo);
    if (key == "github_event") return take(v.github_event);
    if (key == "idle") return take(v.idle);
    if (key == "queue_duration") return take(v.queue_duration);
    return true;
}

template <class Take>
bool fill(std::string_view key, RunnerStop& v, Take take) {
    if (key == "timestamp") return take(v.timestamp);
    if (key == "flavor") return take(v.flavor);
    if (key == "workflow") return take(v.workflow);
    if (key == "repo") return take(v.repo);
    if (key == "github_event") return take(v.github_event);
    if (key == "status") return take(v.status);
    if (key == "status_info") return take(v.status_info);
    if (key == "job_duration") return take(v.job_duration);
    if (key == "job_conclusion") return take(v.job_conclusion);
    return true;
}

template <class Take>
bool fill(std::string_view key, MeteringEntry& v, Take take) {
    if (key == "kind") return take(v.kind);
    if (key == "vm_id") return take(v.vm_id);
    if (key == "snapshot_id") return take(v.snapshot_id);
    if (key == "source_snapshot_id") return take(v.source_snapshot_id);
    if (key == "reason") return take(v.reason);
    if (key == "hypervisor") return take(v.hypervisor);
    if (key == "shape") return take(v.shape);
    if (key == "emitted_at") return take(v.emitted_at);
    return true;
}

}  // namespace bench

#endif
