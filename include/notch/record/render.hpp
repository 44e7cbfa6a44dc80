// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_RENDER_HPP
#define NOTCH_RECORD_RENDER_HPP

#include "../base/buffer.hpp"
#include "../config.hpp"
#include "../macros.hpp"
#include "../json/integer.hpp"
#include "../json/number.hpp"
#include "../json/raw.hpp"
#include "../json/string.hpp"
#include "../json/time.hpp"
#include "schema.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace notch::inline NOTCH_ABI::detail {

/// What a recorder adds to the lines of events that have an envelope; members with a comma before them, or nothing.
struct LineExtras {
    std::string_view identity = "";  ///< behind the event's name
    std::string_view common = "";    ///< behind its fields
};

/// Where a line goes on, and what of the body's variable part comes next. The two travel in registers, as the place of the fixed part
/// does: as members of the renderer they would be written to memory after every byte, since bytes may alias them. A third pointer in
/// here would send all three through memory, which takes longer still.
struct RenderPoint {
    char* out;
    const char* variable;

    NOTCH_INTERNAL_INLINE std::string_view take(std::size_t size) noexcept {
        const std::string_view text{variable, size};
        variable += size;
        return text;
    }
};

/// The backend's half of a record: a flat body and its schema become a line. Plain code for all types; it writes the same
/// bytes as to_line, which a test holds it to.
class Renderer {
public:
    explicit Renderer(Buffer& out) noexcept : out_{out} {}

    /// Appends the line of a body of `size` bytes, with its newline. False when memory ran out; then nothing was appended.
    bool line(const EventSchema& schema, const char* body, std::size_t size, const LineExtras& extras = {}) noexcept {
        const std::size_t before = out_.size();
        // Every byte of a text may become six; this also covers what follows a list that made room for itself.
        rest_ = schema.worst_size + 6 * size + 1 + extras.identity.size() + extras.common.size();
        if (!out_.reserve(rest_)) return false;
        RenderPoint at{out_.end(), body + schema.fixed_size};
        if (schema.envelope) {
            at = envelope(schema, body, at);
            at.out = extra(at.out, extras.identity);
            at = fields(schema.body->fields, body + (schema.fixed_size - schema.body->fixed_size), at);
            at.out = extra(at.out, extras.common);
            *at.out++ = '}';
        } else {
            at = object(*schema.body, body, at);
        }
        *at.out++ = '\n';
        out_.set_end(at.out);
        if (!failed_) return true;
        failed_ = false;
        out_.shrink_to(before);
        return false;
    }

    /// How many NaN and infinities were written as null so far, which is what the reader of a line cannot know.
    [[nodiscard]] std::uint64_t non_finite() const noexcept { return non_finite_; }

private:
    template <class Scalar>
    NOTCH_INTERNAL_INLINE static Scalar load(const char* fixed) noexcept {
        Scalar v;
        std::memcpy(&v, fixed, sizeof v);
        return v;
    }

    NOTCH_INTERNAL_INLINE static char* extra(char* out, std::string_view members) noexcept {
        return members.empty() ? out : put_plain(out, members);
    }

    NOTCH_INTERNAL_INLINE RenderPoint envelope(const EventSchema& schema, const char* fixed, RenderPoint at) noexcept {
        at.out = put_plain(at.out, timestamp_start);
        if (schema.stamped) at.out = write_stamp(at.out, load<std::int64_t>(fixed));
        if (schema.timestamp != nullptr) at = element(*schema.timestamp, fixed, at);
        const std::string_view own_name = schema.named ? at.take(load<std::uint32_t>(fixed + schema.time_size())) : std::string_view{};
        if (own_name.empty()) at.out = put_blocks(at.out, schema.name_member);
        else at.out = put_text_end(put_plain(at.out, event_start), own_name.data(), own_name.size());
        return at;
    }

    /// Copies a key, or whatever else of a schema may be read in whole blocks.
    NOTCH_INTERNAL_INLINE static char* put_blocks(char* out, std::string_view text) noexcept {
        std::memcpy(out, text.data(), text_block);
        for (std::size_t done = text_block; done < text.size(); done += text_block) std::memcpy(out + done, text.data() + done, text_block);
        return out + text.size();
    }

    [[gnu::noinline]] RenderPoint fields(std::span<const FieldSchema> fields, const char* fixed, RenderPoint at) noexcept {
        for (const FieldSchema& field : fields) {
            fixed += field.conditional ? 1 : 0;  // the byte that tells whether it is there
            if (field.conditional && fixed[-1] == 0) [[unlikely]] {
                fixed += field.value->fixed_size;
                continue;
            }
            at.out = put_blocks(at.out, field.key);
            if (field.redacted) [[unlikely]] {
                at.out = put_plain(at.out, redacted);
                continue;
            }
            at = value(*field.value, fixed, at);
            fixed += field.value->fixed_size;
        }
        return at;
    }

    NOTCH_INTERNAL_INLINE RenderPoint value(const ValueSchema& schema, const char* fixed, RenderPoint at) noexcept {
        switch (schema.kind) {
            case FlatKind::boolean: at.out = put_bool(at.out, *fixed != 0); break;
            case FlatKind::i8: at.out = write_i32(at.out, load<std::int8_t>(fixed)); break;
            case FlatKind::i16: at.out = write_i32(at.out, load<std::int16_t>(fixed)); break;
            case FlatKind::i32: at.out = write_i32(at.out, load<std::int32_t>(fixed)); break;
            case FlatKind::i64: at.out = write_i64(at.out, load<std::int64_t>(fixed)); break;
            case FlatKind::u8: at.out = write_u32(at.out, load<std::uint8_t>(fixed)); break;
            case FlatKind::u16: at.out = write_u32(at.out, load<std::uint16_t>(fixed)); break;
            case FlatKind::u32: at.out = write_u32(at.out, load<std::uint32_t>(fixed)); break;
            case FlatKind::u64: at.out = write_u64(at.out, load<std::uint64_t>(fixed)); break;
            case FlatKind::f32: at.out = real(at.out, load<float>(fixed)); break;
            case FlatKind::f64: at.out = real(at.out, load<double>(fixed)); break;
            case FlatKind::text: at.out = text(at.out, at.take(load<std::uint32_t>(fixed))); break;
            case FlatKind::raw_json: at.out = put_raw(at.out, at.take(load<std::uint32_t>(fixed))); break;
            case FlatKind::enumeration: at.out = enumeration(at.out, schema, load<std::uint16_t>(fixed)); break;
            case FlatKind::ticks:
            case FlatKind::unsigned_ticks: at.out = ticks(at.out, schema, load<std::uint64_t>(fixed)); break;
            case FlatKind::real_duration: at.out = real_duration(at.out, schema, load<double>(fixed)); break;
            case FlatKind::time_point: at.out = write_rfc3339(at.out, load<std::int64_t>(fixed), load<std::uint32_t>(fixed + 8)); break;
            case FlatKind::unix_time: at.out = write_unix_seconds(at.out, {load<std::int64_t>(fixed), load<std::uint32_t>(fixed + 8)}); break;
            case FlatKind::optional: return optional(schema, fixed, at);
            case FlatKind::list: return list(schema, load<std::uint32_t>(fixed), at);
            case FlatKind::map: return map(schema, load<std::uint32_t>(fixed), at);
            case FlatKind::object: return object(schema, fixed, at);
        }
        return at;
    }
    /// The same out of line. So are the values made of others, which keeps what the simple ones have to save to a minimum.
    [[gnu::noinline]] RenderPoint element(const ValueSchema& schema, const char* fixed, RenderPoint at) noexcept { return value(schema, fixed, at); }

    NOTCH_INTERNAL_INLINE static char* text(char* out, std::string_view v) noexcept {
        *out = '"';
        out = write_escaped(out + 1, v.data(), v.size());
        *out = '"';
        return out + 1;
    }

    NOTCH_INTERNAL_INLINE char* real(char* out, double v) noexcept {
        if (!is_finite(v)) ++non_finite_;
        return write_double(out, v);
    }
    NOTCH_INTERNAL_INLINE char* real(char* out, float v) noexcept {
        if (!is_finite(v)) ++non_finite_;
        return write_float(out, v);
    }

    static char* ticks(char* out, const ValueSchema& schema, std::uint64_t count) noexcept {
        if (schema.kind == FlatKind::ticks && static_cast<std::int64_t>(count) < 0) {
            *out++ = '-';
            count = 0 - count;
        }
        switch (schema.denominator) {
            case 1: return write_decimal_seconds<1, 0>(out, count);
            case 10: return write_decimal_seconds<10, 1>(out, count);
            case 100: return write_decimal_seconds<100, 2>(out, count);
            case 1'000: return write_decimal_seconds<1'000, 3>(out, count);
            case 10'000: return write_decimal_seconds<10'000, 4>(out, count);
            case 100'000: return write_decimal_seconds<100'000, 5>(out, count);
            case 1'000'000: return write_decimal_seconds<1'000'000, 6>(out, count);
            case 10'000'000: return write_decimal_seconds<10'000'000, 7>(out, count);
            case 100'000'000: return write_decimal_seconds<100'000'000, 8>(out, count);
            default: return write_decimal_seconds<1'000'000'000, 9>(out, count);
        }
    }

    char* real_duration(char* out, const ValueSchema& schema, double count) noexcept {
        const double scale = static_cast<double>(schema.numerator) / static_cast<double>(schema.denominator);
        return real(out, count * scale);
    }

    static char* enumeration(char* out, const ValueSchema& schema, std::size_t place) noexcept {
        return place < schema.names.size() ? put_text(out, schema.names[place]) : put_null(out);
    }

    [[gnu::noinline]] RenderPoint optional(const ValueSchema& schema, const char* fixed, RenderPoint at) noexcept {
        if (*fixed != 0) return element(*schema.element, fixed + 1, at);
        return {put_null(at.out), at.variable};
    }

    [[gnu::noinline]] RenderPoint object(const ValueSchema& schema, const char* fixed, RenderPoint at) noexcept {
        const std::size_t start = offset(at.out);
        at = fields(schema.fields, fixed, at);
        return {close(start, at.out, '{', '}'), at.variable};
    }

    /// A list's elements cost more than the bytes they are stored in, so it makes room of its own. It counts as rest as long as
    /// the list lasts: a list inside an element must not use up the room of the elements behind it. The output may move, hence
    /// the offsets.
    bool make_room(char* out, const ValueSchema& element, std::size_t count) noexcept {
        rest_ += count * (std::size_t{element.worst_size} + 8 + escaped_bound(0));
        out_.set_end(out);
        if (out_.reserve(rest_)) return true;
        failed_ = true;
        return false;
    }

    /// Reads `count` elements whose fixed parts stand in the variable part, one behind the other.
    template <class Each>
    RenderPoint elements(const ValueSchema& schema, std::size_t count, std::size_t fixed_size, RenderPoint at, char open, char close_with, Each each) noexcept {
        const std::size_t outer_rest = rest_;
        if (!make_room(at.out, *schema.element, count)) return at;
        const char* fixed = at.variable;
        at = {out_.end(), at.variable + count * fixed_size};
        const std::size_t start = offset(at.out);
        for (std::size_t i = 0; i < count && !failed_; ++i) {
            *at.out++ = ',';
            at = each(fixed, at);
            fixed += fixed_size;
        }
        rest_ = outer_rest;
        return {close(start, at.out, open, close_with), at.variable};
    }

    [[gnu::noinline]] RenderPoint list(const ValueSchema& schema, std::size_t count, RenderPoint at) noexcept {
        return elements(schema, count, schema.element->fixed_size, at, '[', ']', [&](const char* fixed, RenderPoint inner) { return element(*schema.element, fixed, inner); });
    }
    [[gnu::noinline]] RenderPoint map(const ValueSchema& schema, std::size_t count, RenderPoint at) noexcept {
        constexpr std::size_t key_size = sizeof(std::uint32_t);
        return elements(schema, count, key_size + schema.element->fixed_size, at, '{', '}', [&](const char* fixed, RenderPoint inner) {
            inner.out = put_text(inner.out, inner.take(load<std::uint32_t>(fixed)));
            *inner.out++ = ':';
            return element(*schema.element, fixed + key_size, inner);
        });
    }

    [[nodiscard]] std::size_t offset(const char* out) const noexcept { return static_cast<std::size_t>(out - out_.view().data()); }
    char* close(std::size_t start, char* out, char open, char close_with) noexcept {
        return close_brackets(out_.end() - out_.size() + start, out, open, close_with);
    }

    Buffer& out_;
    std::size_t rest_ = 0;
    std::uint64_t non_finite_ = 0;
    bool failed_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
