// SPDX-License-Identifier: MIT
#include <glaze/glaze.hpp>

#include "common/measure.hpp"
#include "readers.hpp"

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

/// As quick as it gets: texts must have no white space, and UTF-8 is not checked.
struct Unchecked : glz::opts {
    constexpr Unchecked() { minified = true; }
    bool validate_utf8 = false;
};

template <auto options, class Event>
bool read(const std::string& text, Event* copy) {
    Event event{};
    glz::context context{};
    context.padded_input = true;
    if (glz::read<options>(event, text, context)) return false;
    bench::keep(&event);
    if (copy != nullptr) *copy = event;
    return true;
}

}  // namespace

namespace bench {

constexpr glz::opts defaults{};
constexpr Unchecked unchecked{};
const Reader glaze_reader{"glaze", read<defaults, RunnerStart>, read<defaults, RunnerStop>, read<defaults, MeteringEntry>};
const Reader glaze_unchecked_reader{"glaze, no white space, UTF-8 unchecked", read<unchecked, RunnerStart>, read<unchecked, RunnerStop>,
                                    read<unchecked, MeteringEntry>};

}  // namespace bench
