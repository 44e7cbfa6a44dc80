// SPDX-License-Identifier: MIT
#ifndef NOTCH_BASE_HANDLER_HPP
#define NOTCH_BASE_HANDLER_HPP

#include "../config.hpp"
#include "error.hpp"

#include <cstdio>
#include <type_traits>
#include <utility>

namespace notch::inline NOTCH_ABI {

/// Takes what no return value can carry: any callable of `const T&`, copied in. Without one, nothing happens.
///
///     options.on_decision = [&log](const notch::IntakeNotice& notice) { log.info(notice.name); };
///
/// It must not throw. Who calls it says from which thread.
template <class T>
class Handler {
public:
    Handler() noexcept = default;

    template <class F>
        requires(!std::is_base_of_v<Handler, std::remove_cvref_t<F>> && std::is_invocable_v<F&, const T&>)
    Handler(F call) : target_{new F(static_cast<F&&>(call))}, operate_{&serve<F>} {}

    Handler(const Handler& other) : target_{other.copy_target()}, operate_{other.operate_} {}
    Handler(Handler&& other) noexcept : target_{other.target_}, operate_{other.operate_} {
        other.target_ = nullptr;
        other.operate_ = nullptr;
    }
    Handler& operator=(const Handler& other) {
        if (this != &other) *this = Handler{other};
        return *this;
    }
    Handler& operator=(Handler&& other) noexcept {
        std::swap(target_, other.target_);
        std::swap(operate_, other.operate_);
        return *this;
    }
    ~Handler() {
        if (operate_ != nullptr) operate_(target_, nullptr, Action::destroy);
    }

    [[nodiscard]] explicit operator bool() const noexcept { return operate_ != nullptr; }

    void operator()(const T& what) const {
        if (operate_ != nullptr) operate_(target_, &what, Action::call);
    }

private:
    enum class Action { call, copy, destroy };
    using Operate = void*(void*, const T*, Action);

    template <class F>
    static void* serve(void* target, const T* what, Action action) {
        F* const call = static_cast<F*>(target);
        if (action == Action::copy) return new F(*call);
        if (action == Action::destroy) delete call;
        if (action == Action::call) (*call)(*what);
        return nullptr;
    }
    [[nodiscard]] void* copy_target() const { return operate_ == nullptr ? nullptr : operate_(target_, nullptr, Action::copy); }

    void* target_ = nullptr;
    Operate* operate_ = nullptr;
};

/// Takes errors that no return value can carry: any callable of `const notch::Error&`, copied in.
///
///     options.on_error = [&log](const notch::Error& error) { log.warn(error.message()); };
///
/// It may be called from any thread, also from several at a time, and must not throw. Without one, each error is a line on stderr.
class ErrorHandler : public Handler<Error> {
public:
    using Handler<Error>::Handler;

    void operator()(const Error& error) const {
        if (*this) Handler<Error>::operator()(error);
        else std::fprintf(stderr, "notch: %s\n", error.message().c_str());
    }
};

}  // namespace notch::inline NOTCH_ABI

#endif
