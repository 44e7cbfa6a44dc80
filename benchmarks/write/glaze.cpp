// SPDX-License-Identifier: MIT
#include <glaze/glaze.hpp>

#include "writers.hpp"

template <>
struct glz::meta<bench::Status> {
    using enum bench::Status;
    static constexpr auto value =
        glz::enumerate("normal", normal, "abnormal", abnormal, "repo-policy-check-failure", repo_policy_check_failure);
};

template <>
struct glz::meta<bench::Kind> {
    using enum bench::Kind;
    static constexpr auto value = glz::enumerate("vm.compute.start", vm_compute_start, "vm.compute.stop", vm_compute_stop,        //
                                                 "vm.storage.start", vm_storage_start, "vm.storage.stop", vm_storage_stop,        //
                                                 "snap.storage.start", snap_storage_start, "snap.storage.stop", snap_storage_stop);
};

namespace {

// Without this option glaze copies control characters as they are, which is not JSON.
struct Escaping : glz::opts {
    bool escape_control_characters = true;
};

std::string text;
std::array<char, 4096> buffer;

template <auto options, class Event>
std::string_view write(const Event& event) {
    if (glz::write<options>(event, text)) return {};
    return text;
}

template <auto options, class Event>
std::string_view write_to_buffer(const Event& event) {
    const auto result = glz::write<options>(event, buffer);
    if (result) return {};
    return {buffer.data(), result.count};
}

}  // namespace

namespace bench {

constexpr Escaping escaping{};
constexpr glz::opts defaults{};
const Writer glaze_writer{"glaze", write<escaping, RunnerStart>, write<escaping, RunnerStop>, write<escaping, MeteringEntry>};
const Writer glaze_buffer_writer{"glaze, fixed buffer", write_to_buffer<escaping, RunnerStart>, write_to_buffer<escaping, RunnerStop>,
                                 write_to_buffer<escaping, MeteringEntry>};
const Writer glaze_default_writer{"glaze, control characters as they are", write<defaults, RunnerStart>, write<defaults, RunnerStop>,
                                  write<defaults, MeteringEntry>, false};

}  // namespace bench
