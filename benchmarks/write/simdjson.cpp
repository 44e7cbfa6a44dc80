// SPDX-License-Identifier: MIT
#include <simdjson.h>

#include "time_text.hpp"
#include "writers.hpp"

namespace {

simdjson::builder::string_builder builder;

template <simdjson::constevalutil::fixed_string key, class Value>
void next(const Value& v) {
    builder.append_comma();
    builder.append_key_value<key>(v);
}
template <simdjson::constevalutil::fixed_string key>
void next_if(const std::optional<std::string>& v) {
    if (v) next<key>(std::string_view{*v});
}

void members(const bench::RunnerStart& v) {
    builder.append_key_value<"timestamp">(v.timestamp);
    next<"flavor">(std::string_view{v.flavor});
    next<"workflow">(std::string_view{v.workflow});
    next<"repo">(std::string_view{v.repo});
    next<"github_event">(std::string_view{v.github_event});
    next<"idle">(v.idle);
    if (v.queue_duration) next<"queue_duration">(*v.queue_duration);
}

void members(const bench::RunnerStop& v) {
    builder.append_key_value<"timestamp">(v.timestamp);
    next<"flavor">(std::string_view{v.flavor});
    next<"workflow">(std::string_view{v.workflow});
    next<"repo">(std::string_view{v.repo});
    next<"github_event">(std::string_view{v.github_event});
    next<"status">(name_of(v.status));
    if (v.status_info) {
        builder.append_raw(",\"status_info\":{");
        builder.append_key_value<"code">(v.status_info->code);
        builder.end_object();
    }
    next<"job_duration">(v.job_duration);
    next_if<"job_conclusion">(v.job_conclusion);
}

void members(const bench::MeteringEntry& v) {
    builder.append_key_value<"kind">(name_of(v.kind));
    next_if<"vm_id">(v.vm_id);
    next_if<"snapshot_id">(v.snapshot_id);
    next_if<"source_snapshot_id">(v.source_snapshot_id);
    next_if<"reason">(v.reason);
    next<"hypervisor">(std::string_view{v.hypervisor});
    builder.append_raw(",\"shape\":{");
    builder.append_key_value<"cpu">(v.shape.cpu);
    next<"mem_bytes">(v.shape.mem_bytes);
    next<"storage_bytes">(v.shape.storage_bytes);
    builder.end_object();
    next<"emitted_at">(bench::TimeText{v.emitted_at}.view());
}

template <class Event>
std::string_view write(const Event& event) {
    builder.clear();
    builder.start_object();
    members(event);
    builder.end_object();
    return builder.view().value_unsafe();
}

}  // namespace

const bench::Writer bench::simdjson_writer{"simdjson builder", write<RunnerStart>, write<RunnerStop>, write<MeteringEntry>};
