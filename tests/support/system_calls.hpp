// SPDX-License-Identifier: MIT
#pragma once
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <thread>
#include <vector>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// Standing between code under test and the kernel (Linux 5.9): a filter of seccomp(2) holds each of some system calls of one
// thread, and of the processes it forks, until the test says how it goes on.

namespace test {

/// What the test does with a call: 0 lets it happen, an errno makes it fail without happening.
using Decide = std::function<int(int call, ::pid_t caller)>;

namespace detail {

inline std::vector<::sock_filter> filter_of(const std::vector<int>& calls, std::uint32_t action) {
    std::vector<::sock_filter> out;
    out.push_back({BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(::seccomp_data, nr)});
    for (const int call : calls) {
        out.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, 1, static_cast<std::uint32_t>(call)});
        out.push_back({BPF_RET | BPF_K, 0, 0, action});
    }
    out.push_back({BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW});
    return out;
}

/// For this thread and what it forks, for good. Returns the listener's descriptor if there is one.
inline int install(const std::vector<int>& calls, std::uint32_t action, unsigned flags) {
    std::vector<::sock_filter> filter = filter_of(calls, action);
    ::sock_fprog program{};
    program.len = static_cast<unsigned short>(filter.size());
    program.filter = filter.data();
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) std::abort();
    const long out = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    if (out < 0) std::abort();
    return static_cast<int>(out);
}

inline void answer_one(int listener, const Decide& decide) {
    ::seccomp_notif call{};
    if (::ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0) return;  // the caller died
    ::seccomp_notif_resp answer{};
    answer.id = call.id;
    answer.error = -decide(call.data.nr, static_cast<::pid_t>(call.pid));
    if (answer.error == 0) answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ::ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

}  // namespace detail

/// Runs `body` on a thread of its own in which these calls fail with `number`.
template <class Body>
void with_refused_calls(const std::vector<int>& calls, int number, Body body) {
    std::thread{[&] {
        detail::install(calls, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(number), 0);
        body();
    }}.join();
}

/// Runs `body` on a thread of its own; `decide` is asked on this one before each of these calls. Returns how many there were. When
/// nothing happens for 20 s, all of them fail from then on.
template <class Body>
std::size_t with_watched_calls(const std::vector<int>& calls, const Decide& decide, Body body) {
    std::atomic<int> listener{-1};
    std::thread thread{[&] {
        listener = detail::install(calls, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER);
        body();
    }};
    while (listener < 0) std::this_thread::yield();
    std::size_t count = 0;
    ::pollfd entry{};
    entry.fd = listener;
    entry.events = POLLIN;
    while (::poll(&entry, 1, 20'000) == 1 && (entry.revents & POLLIN) != 0) {
        detail::answer_one(listener, decide);
        ++count;
    }
    ::close(listener);
    thread.join();
    return count;
}

}  // namespace test
