// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_PLATFORM_STREAM_HPP
#define NOTCH_BASE_PLATFORM_STREAM_HPP

#include "../config.hpp"
#include "clock.hpp"
#include "platform.hpp"
#include "platform_ledger.hpp"
#include "platform_types.hpp"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if !defined(_WIN32)
#include <poll.h>
#include <unistd.h>
#endif

// The system's calls for a descriptor that somebody else has made and reads from: a pipe, a terminal, a socket.

namespace notch::inline NOTCH_ABI::detail {

#if defined(_WIN32)
inline bool takes_bytes(int) noexcept { return true; }

/// A full pipe that does not wait gets a second, whatever `patience_nanoseconds` says.
inline WriteOutcome write_stream(int descriptor, std::string_view bytes, std::int64_t) noexcept { return write_bytes(descriptor, bytes); }
#else
/// Waits until there is news of a descriptor: it takes bytes, or nobody reads them any more. False when there is none within the time.
inline bool await_stream(int descriptor, std::int64_t patience_nanoseconds) noexcept {
    constexpr std::int64_t longest = 60'000;  // milliseconds of one call
    const std::int64_t milliseconds = patience_nanoseconds <= 0 ? 0 : patience_nanoseconds / 1'000'000 + 1;
    ::pollfd entry{};
    entry.fd = descriptor;
    entry.events = POLLOUT;
    return ::poll(&entry, 1, static_cast<int>(milliseconds < longest ? milliseconds : longest)) > 0;
}
inline bool takes_bytes(int descriptor) noexcept { return await_stream(descriptor, 0); }

/// Writes all bytes if it can: one write(2) unless the system cuts it short. A full non-blocking descriptor is waited for as long
/// as it goes on taking something within the time; its flags, which other processes share, are left alone. SIGPIPE reaches nobody.
inline WriteOutcome write_stream(int descriptor, std::string_view bytes, std::int64_t patience_nanoseconds) noexcept {
    const WriteSignals guard;
    WriteOutcome outcome;
    std::int64_t full_since = 0;  // 0: it took something last time
    while (outcome.written < bytes.size()) {
        const ::ssize_t count = ::write(descriptor, bytes.data() + outcome.written, bytes_of_one_call(bytes.size() - outcome.written));
        if (count > 0) {
            outcome.written += static_cast<std::size_t>(count);
            full_since = 0;
            continue;
        }
        outcome.error = count < 0 ? errno : EIO;
        if (outcome.error == EAGAIN) {
            const std::int64_t now = monotonic_nanoseconds();
            if (full_since != 0) sleep_nanoseconds(100'000);  // some sockets tell of room and have none
            else full_since = now;
            if (now - full_since >= patience_nanoseconds) break;
            await_stream(descriptor, patience_nanoseconds - (now - full_since));
        } else if (outcome.error != EINTR) {
            WriteSignals::note(outcome.error);
            break;
        }
        outcome.error = 0;
    }
    return outcome;
}
#endif

}  // namespace notch::inline NOTCH_ABI::detail

#endif
