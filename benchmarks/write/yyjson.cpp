// SPDX-License-Identifier: MIT
#include <yyjson.h>

#include "time_text.hpp"
#include "writers.hpp"

namespace {

// Both the tree and the text live in memory that is used again: the quickest way that yyjson offers.
alignas(16) char tree_memory[16384];
alignas(16) char text_memory[16384];

/// Adds members to one object. Texts are referred to, not copied.
class Members {
public:
    Members(yyjson_mut_doc* doc, yyjson_mut_val* object) : doc_{doc}, object_{object} {}

    void add(const char* key, double v) { yyjson_mut_obj_add_real(doc_, object_, key, v); }
    void add(const char* key, int v) { yyjson_mut_obj_add_int(doc_, object_, key, v); }
    void add(const char* key, std::uint64_t v) { yyjson_mut_obj_add_uint(doc_, object_, key, v); }
    void add(const char* key, std::string_view v) { yyjson_mut_obj_add_strn(doc_, object_, key, v.data(), v.size()); }
    template <class T>
    void add_if(const char* key, const std::optional<T>& v) {
        if (v) add(key, *v);
    }
    Members object(const char* key) { return {doc_, yyjson_mut_obj_add_obj(doc_, object_, key)}; }

private:
    yyjson_mut_doc* doc_;
    yyjson_mut_val* object_;
};

void fill(Members to, const bench::RunnerStart& v) {
    to.add("timestamp", v.timestamp);
    to.add("flavor", v.flavor);
    to.add("workflow", v.workflow);
    to.add("repo", v.repo);
    to.add("github_event", v.github_event);
    to.add("idle", v.idle);
    to.add_if("queue_duration", v.queue_duration);
}

void fill(Members to, const bench::RunnerStop& v) {
    to.add("timestamp", v.timestamp);
    to.add("flavor", v.flavor);
    to.add("workflow", v.workflow);
    to.add("repo", v.repo);
    to.add("github_event", v.github_event);
    to.add("status", name_of(v.status));
    if (v.status_info) to.object("status_info").add("code", v.status_info->code);
    to.add("job_duration", v.job_duration);
    to.add_if("job_conclusion", v.job_conclusion);
}

void fill(Members to, const bench::MeteringEntry& v, const bench::TimeText& time) {
    to.add("kind", name_of(v.kind));
    to.add_if("vm_id", v.vm_id);
    to.add_if("snapshot_id", v.snapshot_id);
    to.add_if("source_snapshot_id", v.source_snapshot_id);
    to.add_if("reason", v.reason);
    to.add("hypervisor", v.hypervisor);
    Members shape = to.object("shape");
    shape.add("cpu", std::uint64_t{v.shape.cpu});
    shape.add("mem_bytes", v.shape.mem_bytes);
    shape.add("storage_bytes", v.shape.storage_bytes);
    to.add("emitted_at", time.view());
}

template <class Fill>
std::string_view write_with(Fill filler) {
    yyjson_alc tree;
    yyjson_alc text;
    yyjson_alc_pool_init(&tree, tree_memory, sizeof tree_memory);
    yyjson_alc_pool_init(&text, text_memory, sizeof text_memory);
    yyjson_mut_doc* const doc = yyjson_mut_doc_new(&tree);
    yyjson_mut_val* const root = yyjson_mut_obj(doc);
    yyjson_mut_doc_set_root(doc, root);
    filler(Members{doc, root});
    std::size_t size = 0;
    const char* const out = yyjson_mut_write_opts(doc, YYJSON_WRITE_NOFLAG, &text, &size, nullptr);
    return {out, size};
}

template <class Event>
std::string_view write(const Event& event) {
    return write_with([&](Members to) { fill(to, event); });
}

template <>
std::string_view write(const bench::MeteringEntry& event) {
    const bench::TimeText time{event.emitted_at};
    return write_with([&](Members to) { fill(to, event, time); });
}

}  // namespace

const bench::Writer bench::yyjson_writer{"yyjson", write<RunnerStart>, write<RunnerStop>, write<MeteringEntry>};
