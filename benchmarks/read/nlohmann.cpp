// SPDX-License-Identifier: MIT
#include <nlohmann/json.hpp>

#include "common/measure.hpp"
#include "readers.hpp"
#include "time_text.hpp"

namespace bench {

using Json = nlohmann::json;

template <class T>
static void take_if(const Json& json, const char* key, std::optional<T>& out) {
    if (const auto member = json.find(key); member != json.end()) out = member->template get<T>();
}

static void from_json(const Json& json, CodeInformation& v) { json.at("code").get_to(v.code); }
static void from_json(const Json& json, Shape& v) {
    json.at("cpu").get_to(v.cpu);
    json.at("mem_bytes").get_to(v.mem_bytes);
    json.at("storage_bytes").get_to(v.storage_bytes);
}

static void from_json(const Json& json, RunnerStart& v) {
    json.at("timestamp").get_to(v.timestamp);
    json.at("flavor").get_to(v.flavor);
    json.at("workflow").get_to(v.workflow);
    json.at("repo").get_to(v.repo);
    json.at("github_event").get_to(v.github_event);
    json.at("idle").get_to(v.idle);
    take_if(json, "queue_duration", v.queue_duration);
}

static void from_json(const Json& json, RunnerStop& v) {
    json.at("timestamp").get_to(v.timestamp);
    json.at("flavor").get_to(v.flavor);
    json.at("workflow").get_to(v.workflow);
    json.at("repo").get_to(v.repo);
    json.at("github_event").get_to(v.github_event);
    if (!from_name(json.at("status").get_ref<const std::string&>(), v.status)) throw Json::other_error::create(501, "status", &json);
    take_if(json, "status_info", v.status_info);
    json.at("job_duration").get_to(v.job_duration);
    take_if(json, "job_conclusion", v.job_conclusion);
}

static void from_json(const Json& json, MeteringEntry& v) {
    if (!from_name(json.at("kind").get_ref<const std::string&>(), v.kind)) throw Json::other_error::create(501, "kind", &json);
    take_if(json, "vm_id", v.vm_id);
    take_if(json, "snapshot_id", v.snapshot_id);
    take_if(json, "source_snapshot_id", v.source_snapshot_id);
    take_if(json, "reason", v.reason);
    json.at("hypervisor").get_to(v.hypervisor);
    json.at("shape").get_to(v.shape);
    if (!from_time_text(json.at("emitted_at").get_ref<const std::string&>(), v.emitted_at))
        throw Json::other_error::create(501, "emitted_at", &json);
}

}  // namespace bench

namespace {

template <class Event>
bool read(const std::string& text, Event* copy) {
    try {
        Event event{};
        bench::Json::parse(text).get_to(event);
        bench::keep(&event);
        if (copy != nullptr) *copy = event;
        return true;
    } catch (const bench::Json::exception&) {
        return false;
    }
}

}  // namespace

const bench::Reader bench::nlohmann_reader{"nlohmann/json", read<RunnerStart>, read<RunnerStop>, read<MeteringEntry>};
