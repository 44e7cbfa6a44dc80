// SPDX-License-Identifier: MIT
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "time_text.hpp"
#include "writers.hpp"

namespace {

rapidjson::StringBuffer buffer;
rapidjson::Writer<rapidjson::StringBuffer> writer;

template <std::size_t N>
void key(const char (&name)[N]) { writer.Key(name, N - 1); }

void value(double v) { writer.Double(v); }
void value(int v) { writer.Int(v); }
void value(std::uint32_t v) { writer.Uint(v); }
void value(std::uint64_t v) { writer.Uint64(v); }
void value(std::string_view v) { writer.String(v.data(), static_cast<rapidjson::SizeType>(v.size())); }

void value(const bench::CodeInformation& v) {
    writer.StartObject();
    key("code"), value(v.code);
    writer.EndObject();
}

void value(const bench::Shape& v) {
    writer.StartObject();
    key("cpu"), value(v.cpu);
    key("mem_bytes"), value(v.mem_bytes);
    key("storage_bytes"), value(v.storage_bytes);
    writer.EndObject();
}

void members(const bench::RunnerStart& v) {
    key("timestamp"), value(v.timestamp);
    key("flavor"), value(v.flavor);
    key("workflow"), value(v.workflow);
    key("repo"), value(v.repo);
    key("github_event"), value(v.github_event);
    key("idle"), value(v.idle);
    if (v.queue_duration) key("queue_duration"), value(*v.queue_duration);
}

void members(const bench::RunnerStop& v) {
    key("timestamp"), value(v.timestamp);
    key("flavor"), value(v.flavor);
    key("workflow"), value(v.workflow);
    key("repo"), value(v.repo);
    key("github_event"), value(v.github_event);
    key("status"), value(name_of(v.status));
    if (v.status_info) key("status_info"), value(*v.status_info);
    key("job_duration"), value(v.job_duration);
    if (v.job_conclusion) key("job_conclusion"), value(*v.job_conclusion);
}

void members(const bench::MeteringEntry& v) {
    key("kind"), value(name_of(v.kind));
    if (v.vm_id) key("vm_id"), value(*v.vm_id);
    if (v.snapshot_id) key("snapshot_id"), value(*v.snapshot_id);
    if (v.source_snapshot_id) key("source_snapshot_id"), value(*v.source_snapshot_id);
    if (v.reason) key("reason"), value(*v.reason);
    key("hypervisor"), value(v.hypervisor);
    key("shape"), value(v.shape);
    key("emitted_at"), value(bench::TimeText{v.emitted_at}.view());
}

template <class Event>
std::string_view write(const Event& event) {
    buffer.Clear();
    writer.Reset(buffer);
    writer.StartObject();
    members(event);
    writer.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace

const bench::Writer bench::rapidjson_writer{"RapidJSON", write<RunnerStart>, write<RunnerStop>, write<MeteringEntry>};
