// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_VISIT_HPP
#define NOTCH_READ_LEDGER_VISIT_HPP

#include "../base/error.hpp"
#include "../base/text_store.hpp"
#include "../config.hpp"
#include "../event/event.hpp"
#include "../event/kind.hpp"
#include "../json/cursor.hpp"
#include "../json/decode.hpp"
#include "../macros.hpp"
#include "ledger_lines.hpp"
#include "ledger_scan.hpp"

#include <array>
#include <cstddef>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

// A pass over a ledger that hands its events on as structs. The pass is plain code over a table of the types that are asked for;
// the templates behind it only make that table.

namespace notch::inline NOTCH_ABI::detail {

/// A type of event that a pass looks for, with a struct to read into that is used again for every line.
struct EventType {
    std::string_view name{};
    bool any_name = false;     ///< it has a member that takes other names
    bool no_envelope = false;  ///< its lines have no name
    bool wants_line = false;
    void* slot = nullptr;
    bool (*read)(void* slot, Reader& r) = nullptr;
    bool (*hand)(void* slot, const LedgerLine& line) = nullptr;  ///< false: the pass shall end
};

class LedgerPass {
public:
    LedgerPass(LedgerLines& lines, std::span<const EventType> types, BadLineTarget target) noexcept
        : lines_{lines}, types_{types}, target_{target} {
        for (const EventType& type : types_)
            if (type.any_name || type.no_envelope) other_ = &type;
    }

    void run() {
        while (lines_.next_raw(target_) && take()) unescaped_.clear();
    }

private:
    [[nodiscard]] const EventType* find(std::string_view name) const noexcept {
        for (const EventType& type : types_)
            if (!type.no_envelope && type.name.size() == name.size() && std::memcmp(type.name.data(), name.data(), name.size()) == 0)
                return &type;
        return nullptr;
    }

    /// One line; false: the pass shall end. Lines as notch writes them are parsed once, by what reads the struct.
    bool take() {
        const std::string_view text = lines_.raw_.text;
        std::string_view name;
        const EventType* type = nullptr;
        if (peek_event(text, name)) type = find(name);
        else if (other_ != nullptr && other_->no_envelope && types_.size() == 1) type = other_;
        if (type == nullptr || type->wants_line || !read(*type, text)) return take_any();
        lines_.line_ = {text, name, {}, lines_.path_, lines_.raw_.byte, lines_.raw_.number};
        ++lines_.counts_.lines;
        return hand(*type);
    }

    /// The same for any line: first it is checked and its name found.
    bool take_any() {
        if (!lines_.scan(target_)) return true;
        const std::string_view name = lines_.line_.event;
        const EventType* const type = find(name);
        if (type != nullptr && !name.empty()) return read(*type, lines_.raw_.text) ? hand(*type) : wrong_type();
        if (other_ == nullptr || name.substr(0, own_names.size()) == own_names) return true;
        if (other_->any_name && name.empty()) return true;
        if (read(*other_, lines_.raw_.text)) return hand(*other_);
        return name.empty() ? wrong_type() : true;
    }

    NOTCH_INTERNAL_INLINE bool read(const EventType& type, std::string_view text) {
        failure_ = Reader{text, lines_.limits_};
        failure_.line = true;
        failure_.store = &unescaped_;
        return type.read(type.slot, failure_);
    }

    NOTCH_INTERNAL_INLINE bool hand(const EventType& type) {
        ++lines_.counts_.events;
        return type.hand(type.slot, lines_.line_);
    }

    NOTCH_INTERNAL_COLD bool wrong_type() {
        --lines_.counts_.lines;
        lines_.tell(target_, read_error(failure_), false);
        return true;
    }

    static constexpr std::string_view own_names = "notch_";  // gap lines and the like are for notch itself

    LedgerLines& lines_;
    std::span<const EventType> types_;
    BadLineTarget target_;
    const EventType* other_ = nullptr;  // takes lines whose names are nobody's
    TextStore unescaped_{};             // what views of escaped texts show, until the next line
    Reader failure_{{}, lines_.limits_};
};

// ---- the table -------------------------------------------------------------------------------------------------------

template <class T, class F>
inline constexpr bool takes_line = std::is_invocable_v<F&, T&&, const LedgerLine&>;

template <class T, class F>
bool call_with(F& f, T& value, const LedgerLine& line) {
    if constexpr (takes_line<T, F>) {
        if constexpr (std::is_same_v<std::invoke_result_t<F&, T&&, const LedgerLine&>, bool>) return f(static_cast<T&&>(value), line);
        else f(static_cast<T&&>(value), line);
    } else {
        constexpr bool takes = std::is_invocable_v<F&, T&&>;
        static_assert(takes,
                      "notch: the callable for this event must take it by value or as a const reference, and may take a const "
                      "notch::LedgerLine& behind it");
        if constexpr (takes) {
            if constexpr (std::is_same_v<std::invoke_result_t<F&, T&&>, bool>) return f(static_cast<T&&>(value));
            else f(static_cast<T&&>(value));
        }
    }
    return true;
}

/// A struct to read into, which keeps the memory of its texts from line to line, and whom it is for.
template <std::size_t Index, class T, class F>
struct EventSlot {
    explicit EventSlot(F& f) : callable{f} {}

    static bool read(void* slot, Reader& r) {
        auto& self = *static_cast<EventSlot*>(slot);
        return self.reset(r) && read_document(r, read_root<T, true>, &self.value);
    }
    static bool hand(void* slot, const LedgerLine& line) {
        auto& self = *static_cast<EventSlot*>(slot);
        return call_with<T>(self.callable, self.value, line);
    }
    /// What a line leaves out is as in a new struct.
    bool reset(Reader& r) noexcept {
        NOTCH_INTERNAL_TRY {
            if constexpr (std::is_copy_assignable_v<T>) {
                value = blank;
            } else {
                T fresh{};
                value.~T();
                ::new (static_cast<void*>(&value)) T(static_cast<T&&>(fresh));
            }
            return true;
        }
        NOTCH_INTERNAL_CATCH_ALL {
            r.failure.code = ErrorCode::no_memory;
            return false;
        }
    }
    [[nodiscard]] EventType type() noexcept {
        constexpr bool envelope = Envelope<T>::on;
        const std::string_view name = envelope ? event_name<T> : std::string_view{};
        return {name, envelope && Envelope<T>::event != no_field, !envelope, takes_line<T, F>, this, read, hand};
    }

    F& callable;
    T value{};
    T blank{};
};

template <std::size_t Index, class F, class... Rest>
constexpr auto& callable_at(F& first, Rest&... rest) noexcept {
    if constexpr (Index == 0) return first;
    else return callable_at<Index - 1>(rest...);
}

/// How many of the types take lines whose names are nobody's.
template <class... Ts>
consteval std::size_t count_others() {
    return (std::size_t{0} + ... + (!Envelope<Ts>::on || Envelope<Ts>::event != no_field ? 1U : 0U));
}
template <class... Ts>
consteval bool names_differ() {
    constexpr std::array<std::string_view, sizeof...(Ts)> names{(Envelope<Ts>::on ? event_name<Ts> : std::string_view{})...};
    for (std::size_t i = 0; i < names.size(); ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (names[i] == names[k]) return false;
    return true;
}

/// One callable takes all events; else each type has its own, and one more takes bad lines.
template <class... Ts, std::size_t... Index, class... Fs>
void visit_lines(LedgerLines& lines, std::index_sequence<Index...>, Fs&... callables) {
    constexpr bool single = sizeof...(Fs) == 1;
    struct Slots : EventSlot<Index, Ts, std::remove_reference_t<decltype(callable_at<single ? 0 : Index>(callables...))>>... {
        explicit Slots(Fs&... all)
            : EventSlot<Index, Ts, std::remove_reference_t<decltype(callable_at<single ? 0 : Index>(all...))>>{
                  callable_at<single ? 0 : Index>(all...)}... {}
    };
    Slots all_slots{callables...};
    const std::array<EventType, sizeof...(Ts)> types{
        static_cast<EventSlot<Index, Ts, std::remove_reference_t<decltype(callable_at<single ? 0 : Index>(callables...))>>&>(all_slots)
            .type()...};
    BadLineTarget target;
    if constexpr (sizeof...(Fs) == sizeof...(Ts) + 1) target = bad_line_target(callable_at<sizeof...(Ts)>(callables...));
    LedgerPass{lines, types, target}.run();
}

}  // namespace notch::inline NOTCH_ABI::detail

#endif
