// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "time_text.hpp"
#include "writers.hpp"

namespace bench {

using Json = nlohmann::ordered_json;

static void to_json(Json& json, const Shape& v) {
    json = Json{{"cpu", v.cpu}, {"mem_bytes", v.mem_bytes}, {"storage_bytes", v.storage_bytes}};
}
static void to_json(Json& json, const CodeInformation& v) { json = Json{{"code", v.code}}; }

template <class T>
void put_if(Json& json, const char* key, const std::optional<T>& v) {
    if (v) json[key] = *v;
}

static void to_json(Json& json, const RunnerStart& v) {
    json = Json{{"timestamp", v.timestamp},       {"flavor", v.flavor}, {"workflow", v.workflow}, {"repo", v.repo},
                {"github_event", v.github_event}, {"idle", v.idle}};
    put_if(json, "queue_duration", v.queue_duration);
}

static void to_json(Json& json, const RunnerStop& v) {
    json = Json{{"timestamp", v.timestamp},       {"flavor", v.flavor},         {"workflow", v.workflow}, {"repo", v.repo},
                {"github_event", v.github_event}, {"status", name_of(v.status)}};
    put_if(json, "status_info", v.status_info);
    json["job_duration"] = v.job_duration;
    put_if(json, "job_conclusion", v.job_conclusion);
}

static void to_json(Json& json, const MeteringEntry& v) {
    json = Json{{"kind", name_of(v.kind)}};
    put_if(json, "vm_id", v.vm_id);
    put_if(json, "snapshot_id", v.snapshot_id);
    put_if(json, "source_snapshot_id", v.source_snapshot_id);
    put_if(json, "reason", v.reason);
    json["hypervisor"] = v.hypervisor;
    json["shape"] = v.shape;
    json["emitted_at"] = TimeText{v.emitted_at}.view();
}

}  // namespace bench

namespace {

std::string text;

template <class Event>
std::string_view write(const Event& event) {
    text = bench::Json(event).dump();
    return text;
}

}  // namespace

const bench::Writer bench::nlohmann_writer{"nlohmann/json", write<RunnerStart>, write<RunnerStop>, write<MeteringEntry>};
