// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_HANDLER_HPP
#define NOTCH_BASE_HANDLER_HPP

#include "../config.hpp"
#include "error.hpp"

#include <cstdio>
#include <type_traits>
#include <utility>

namespace notch::inline NOTCH_ABI {

/// Takes errors that no return value can carry: any callable of `const notch::Error&`, copied in.
///
///     options.on_error = [&log](const notch::Error& error) { log.warn(error.message()); };
///
/// It may be called from any thread, also from several at a time, and must not throw. Without one, each error is a line on stderr.
class ErrorHandler {
public:
    ErrorHandler() noexcept = default;

    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, ErrorHandler> && std::is_invocable_v<F&, const Error&>)
    ErrorHandler(F call) : target_{new F(static_cast<F&&>(call))}, operate_{&serve<F>} {}

    ErrorHandler(const ErrorHandler& other) : target_{other.copy_target()}, operate_{other.operate_} {}
    ErrorHandler(ErrorHandler&& other) noexcept : target_{other.target_}, operate_{other.operate_} {
        other.target_ = nullptr;
        other.operate_ = nullptr;
    }
    ErrorHandler& operator=(ErrorHandler other) noexcept {
        std::swap(target_, other.target_);
        std::swap(operate_, other.operate_);
        return *this;
    }
    ~ErrorHandler() {
        if (operate_ != nullptr) operate_(target_, nullptr, Action::destroy);
    }

    void operator()(const Error& error) const {
        if (operate_ != nullptr) {
            operate_(target_, &error, Action::call);
        } else {
            std::fprintf(stderr, "notch: %s\n", error.message().c_str());
        }
    }

private:
    enum class Action { call, copy, destroy };
    using Operate = void*(void*, const Error*, Action);

    template <class F>
    static void* serve(void* target, const Error* error, Action action) {
        F* const call = static_cast<F*>(target);
        if (action == Action::copy) return new F(*call);
        if (action == Action::destroy) delete call;
        if (action == Action::call) (*call)(*error);
        return nullptr;
    }
    [[nodiscard]] void* copy_target() const { return operate_ == nullptr ? nullptr : operate_(target_, nullptr, Action::copy); }

    void* target_ = nullptr;
    Operate* operate_ = nullptr;
};

}  // namespace notch::inline NOTCH_ABI

#endif
