// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_RENDER_HPP
#define NOTCH_RECORD_RENDER_HPP

#include "../base/buffer.hpp"
#include "../config.hpp"
#include "../json/integer.hpp"
#include "../json/number.hpp"
#include "../json/raw.hpp"
#include "../json/string.hpp"
#include "../json/time.hpp"
#include "schema.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace notch::inline NOTCH_ABI::detail {

/// What a recorder adds to the lines of events that have an envelope; members with a comma before them, or nothing.
struct LineExtras {
    std::string_view identity = "";  ///< behind the event's name
    std::string_view common = "";    ///< behind its fields
};

/// The backend's half of a record: a flat body and its schema become a line. Plain code for all types; it writes the same
/// bytes as to_line, which a test holds it to.
class Renderer {
public:
    explicit Renderer(Buffer& out) noexcept : out_{out} {}

    /// Appends the line of a body of `size` bytes, with its newline. False when memory ran out; then nothing was appended.
    bool line(const EventSchema& schema, const char* body, std::size_t size, const LineExtras& extras = {}) noexcept {
        const std::size_t before = out_.size();
        fixed_ = body;
        variable_ = body + schema.fixed_size;
        // Every byte of a text may become six; this also covers what follows a list that made room for itself.
        rest_ = schema.worst_size + 6 * size + 1 + extras.identity.size() + extras.common.size();
        if (!out_.reserve(rest_)) return false;
        at_ = out_.end();
        if (schema.envelope) {
            envelope(schema);
            plain(extras.identity);
            fields(*schema.body);
            plain(extras.common);
            *at_++ = '}';
        } else {
            object(*schema.body);
        }
        *at_++ = '\n';
        out_.set_end(at_);
        if (!failed_) return true;
        failed_ = false;
        out_.shrink_to(before);
        return false;
    }

    /// How many NaN and infinities were written as null so far, which is what the reader of a line cannot know.
    [[nodiscard]] std::uint64_t non_finite() const noexcept { return non_finite_; }

private:
    template <class Scalar>
    Scalar take() noexcept {
        Scalar v;
        std::memcpy(&v, fixed_, sizeof v);
        fixed_ += sizeof v;
        return v;
    }
    std::string_view take_text() noexcept {
        const std::size_t size = take<std::uint32_t>();
        const std::string_view text{variable_, size};
        variable_ += size;
        return text;
    }

    void plain(std::string_view text) noexcept { at_ = put_plain(at_, text); }
    void text(std::string_view v) noexcept { at_ = put_text(at_, v); }

    void envelope(const EventSchema& schema) noexcept {
        plain(timestamp_start);
        if (schema.stamped) at_ = write_stamp(at_, take<std::int64_t>());
        if (schema.timestamp != nullptr) value(*schema.timestamp);
        const std::string_view own_name = schema.named ? take_text() : std::string_view{};
        if (own_name.empty()) return plain(schema.name_member);
        plain(event_start);
        at_ = write_escaped(at_, own_name.data(), own_name.size());
        *at_++ = '"';
    }

    void fields(const ValueSchema& schema) noexcept {
        for (const FieldSchema& field : schema.fields) {
            if (field.conditional && take<std::uint8_t>() == 0) {
                fixed_ += field.value->fixed_size;
                continue;
            }
            plain(field.key);
            if (field.redacted) plain(redacted);
            else value(*field.value);
        }
    }

    void object(const ValueSchema& schema) noexcept {
        const std::size_t start = offset();
        fields(schema);
        close(start, '{', '}');
    }

    void real(double v, bool single) noexcept {
        if (!is_finite(v)) ++non_finite_;
        at_ = single ? write_float(at_, static_cast<float>(v)) : write_double(at_, v);
    }

    void time_point(bool unix_form) noexcept {
        const auto seconds = take<std::int64_t>();
        const auto nanoseconds = take<std::uint32_t>();
        at_ = unix_form ? write_unix_seconds(at_, {seconds, nanoseconds}) : write_rfc3339(at_, seconds, nanoseconds);
    }

    void ticks(const ValueSchema& schema) noexcept {
        auto count = take<std::uint64_t>();
        if (schema.kind == FlatKind::ticks && static_cast<std::int64_t>(count) < 0) {
            *at_++ = '-';
            count = 0 - count;
        }
        switch (schema.denominator) {
            case 1: at_ = write_decimal_seconds<1, 0>(at_, count); break;
            case 10: at_ = write_decimal_seconds<10, 1>(at_, count); break;
            case 100: at_ = write_decimal_seconds<100, 2>(at_, count); break;
            case 1'000: at_ = write_decimal_seconds<1'000, 3>(at_, count); break;
            case 10'000: at_ = write_decimal_seconds<10'000, 4>(at_, count); break;
            case 100'000: at_ = write_decimal_seconds<100'000, 5>(at_, count); break;
            case 1'000'000: at_ = write_decimal_seconds<1'000'000, 6>(at_, count); break;
            case 10'000'000: at_ = write_decimal_seconds<10'000'000, 7>(at_, count); break;
            case 100'000'000: at_ = write_decimal_seconds<100'000'000, 8>(at_, count); break;
            default: at_ = write_decimal_seconds<1'000'000'000, 9>(at_, count); break;
        }
    }

    void real_duration(const ValueSchema& schema) noexcept {
        const double scale = static_cast<double>(schema.numerator) / static_cast<double>(schema.denominator);
        real(take<double>() * scale, false);
    }

    void enumeration(const ValueSchema& schema) noexcept {
        const std::size_t at = take<std::uint16_t>();
        if (at < schema.names.size()) text(schema.names[at]);
        else at_ = put_null(at_);
    }

    void optional(const ValueSchema& schema) noexcept {
        if (take<std::uint8_t>() != 0) return value(*schema.element);
        fixed_ += schema.element->fixed_size;
        at_ = put_null(at_);
    }

    /// A list's elements cost more than the bytes they are stored in, so it makes room of its own. It counts as rest as long as
    /// the list lasts: a list inside an element must not use up the room of the elements behind it. The output may move, hence
    /// the offsets.
    bool make_room(const ValueSchema& element, std::size_t count) noexcept {
        rest_ += count * (std::size_t{element.worst_size} + 8 + escaped_bound(0));
        out_.set_end(at_);
        if (!out_.reserve(rest_)) {
            failed_ = true;
            return false;
        }
        at_ = out_.end();
        return true;
    }

    /// Reads `count` elements whose fixed parts stand in the variable part, one behind the other.
    template <class Each>
    void elements(const ValueSchema& schema, std::size_t fixed_size, char open, char close_with, Each each) noexcept {
        const std::size_t count = take<std::uint32_t>();
        const std::size_t outer_rest = rest_;
        if (!make_room(*schema.element, count)) return;
        const char* const outer = fixed_;
        fixed_ = variable_;
        variable_ += count * fixed_size;
        const std::size_t start = offset();
        for (std::size_t i = 0; i < count && !failed_; ++i) {
            *at_++ = ',';
            each();
        }
        close(start, open, close_with);
        fixed_ = outer;
        rest_ = outer_rest;
    }

    void list(const ValueSchema& schema) noexcept {
        elements(schema, schema.element->fixed_size, '[', ']', [&] { value(*schema.element); });
    }
    void map(const ValueSchema& schema) noexcept {
        elements(schema, sizeof(std::uint32_t) + schema.element->fixed_size, '{', '}', [&] {
            text(take_text());
            *at_++ = ':';
            value(*schema.element);
        });
    }

    [[nodiscard]] std::size_t offset() noexcept { return static_cast<std::size_t>(at_ - out_.view().data()); }
    void close(std::size_t start, char open, char close_with) noexcept {
        at_ = close_brackets(out_.end() - out_.size() + start, at_, open, close_with);
    }

    void value(const ValueSchema& schema) noexcept {
        switch (schema.kind) {
            case FlatKind::boolean: at_ = put_bool(at_, take<std::uint8_t>() != 0); break;
            case FlatKind::i8: at_ = write_i32(at_, take<std::int8_t>()); break;
            case FlatKind::i16: at_ = write_i32(at_, take<std::int16_t>()); break;
            case FlatKind::i32: at_ = write_i32(at_, take<std::int32_t>()); break;
            case FlatKind::i64: at_ = write_i64(at_, take<std::int64_t>()); break;
            case FlatKind::u8: at_ = write_u32(at_, take<std::uint8_t>()); break;
            case FlatKind::u16: at_ = write_u32(at_, take<std::uint16_t>()); break;
            case FlatKind::u32: at_ = write_u32(at_, take<std::uint32_t>()); break;
            case FlatKind::u64: at_ = write_u64(at_, take<std::uint64_t>()); break;
            case FlatKind::f32: real(static_cast<double>(take<float>()), true); break;
            case FlatKind::f64: real(take<double>(), false); break;
            case FlatKind::text: text(take_text()); break;
            case FlatKind::raw_json: at_ = put_raw(at_, take_text()); break;
            case FlatKind::enumeration: enumeration(schema); break;
            case FlatKind::ticks:
            case FlatKind::unsigned_ticks: ticks(schema); break;
            case FlatKind::real_duration: real_duration(schema); break;
            case FlatKind::time_point: time_point(false); break;
            case FlatKind::unix_time: time_point(true); break;
            case FlatKind::optional: optional(schema); break;
            case FlatKind::list: list(schema); break;
            case FlatKind::map: map(schema); break;
            case FlatKind::object: object(schema); break;
        }
    }

    Buffer& out_;
    char* at_ = nullptr;
    const char* fixed_ = nullptr;
    const char* variable_ = nullptr;
    std::size_t rest_ = 0;
    std::uint64_t non_finite_ = 0;
    bool failed_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
