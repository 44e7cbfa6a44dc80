// SPDX-License-Identifier: MIT
#include <yyjson.h>

#include "common/measure.hpp"
#include "readers.hpp"
#include "time_text.hpp"

namespace {

// The tree lives in memory that is used again: the quickest way that yyjson offers.
alignas(16) char memory[65536];

bool take(yyjson_val* from, double& out) {
    out = yyjson_get_num(from);
    return yyjson_is_num(from);
}
bool take(yyjson_val* from, std::string& out) {
    if (!yyjson_is_str(from)) return false;
    out.assign(yyjson_get_str(from), yyjson_get_len(from));
    return true;
}
bool take(yyjson_val* from, std::uint64_t& out) {
    out = yyjson_get_uint(from);
    return yyjson_is_uint(from);
}
bool take(yyjson_val* from, std::uint32_t& out) {
    const std::uint64_t value = yyjson_get_uint(from);
    out = static_cast<std::uint32_t>(value);
    return yyjson_is_uint(from) && value == out;
}
bool take(yyjson_val* from, int& out) {
    const std::int64_t value = yyjson_get_sint(from);
    out = static_cast<int>(value);
    return yyjson_is_int(from) && value == out;
}
std::string_view text_of(yyjson_val* from) { return {yyjson_get_str(from), yyjson_get_len(from)}; }
bool take(yyjson_val* from, bench::Status& out) { return yyjson_is_str(from) && from_name(text_of(from), out); }
bool take(yyjson_val* from, bench::Kind& out) { return yyjson_is_str(from) && from_name(text_of(from), out); }
bool take(yyjson_val* from, bench::Time& out) { return yyjson_is_str(from) && bench::from_time_text(text_of(from), out); }

/// Members in the order of the text are found at once.
class Members {
public:
    explicit Members(yyjson_val* object) { yyjson_obj_iter_init(object, &members_); }

    template <std::size_t N, class T>
    bool take(const char (&key)[N], T& out) {
        yyjson_val* const value = yyjson_obj_iter_getn(&members_, key, N - 1);
        return value != nullptr && take_value(value, out);
    }
    template <std::size_t N, class T>
    bool take(const char (&key)[N], std::optional<T>& out) {
        yyjson_val* const value = yyjson_obj_iter_getn(&members_, key, N - 1);
        return value == nullptr || take_value(value, out.emplace());
    }

private:
    template <class T>
    static bool take_value(yyjson_val* value, T& out) {
        return ::take(value, out);
    }
    static bool take_value(yyjson_val* value, bench::CodeInformation& out) { return Members{value}.take("code", out.code); }
    static bool take_value(yyjson_val* value, bench::Shape& out) {
        Members from{value};
        return from.take("cpu", out.cpu) && from.take("mem_bytes", out.mem_bytes) && from.take("storage_bytes", out.storage_bytes);
    }

    yyjson_obj_iter members_{};
};

bool fill(Members from, bench::RunnerStart& v) {
    return from.take("timestamp", v.timestamp) && from.take("flavor", v.flavor) && from.take("workflow", v.workflow) &&
           from.take("repo", v.repo) && from.take("github_event", v.github_event) && from.take("idle", v.idle) &&
           from.take("queue_duration", v.queue_duration);
}
bool fill(Members from, bench::RunnerStop& v) {
    return from.take("timestamp", v.timestamp) && from.take("flavor", v.flavor) && from.take("workflow", v.workflow) &&
           from.take("repo", v.repo) && from.take("github_event", v.github_event) && from.take("status", v.status) &&
           from.take("status_info", v.status_info) && from.take("job_duration", v.job_duration) &&
           from.take("job_conclusion", v.job_conclusion);
}
bool fill(Members from, bench::MeteringEntry& v) {
    return from.take("kind", v.kind) && from.take("vm_id", v.vm_id) && from.take("snapshot_id", v.snapshot_id) &&
           from.take("source_snapshot_id", v.source_snapshot_id) && from.take("reason", v.reason) &&
           from.take("hypervisor", v.hypervisor) && from.take("shape", v.shape) && from.take("emitted_at", v.emitted_at);
}

template <class Event>
bool read(const std::string& text, Event* copy) {
    yyjson_alc pool;
    yyjson_alc_pool_init(&pool, memory, sizeof memory);
    // Without YYJSON_READ_INSITU the text is copied, and so it is with it, since it must not be changed.
    yyjson_doc* const doc = yyjson_read_opts(const_cast<char*>(text.data()), text.size(), YYJSON_READ_NOFLAG, &pool, nullptr);
    if (doc == nullptr) return false;
    Event event{};
    if (!fill(Members{yyjson_doc_get_root(doc)}, event)) return false;
    bench::keep(&event);
    if (copy != nullptr) *copy = event;
    return true;
}

}  // namespace

const bench::Reader bench::yyjson_reader{"yyjson", read<RunnerStart>, read<RunnerStop>, read<MeteringEntry>};
