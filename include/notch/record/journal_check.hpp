// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_JOURNAL_CHECK_HPP
#define NOTCH_RECORD_JOURNAL_CHECK_HPP

#include "../config.hpp"
#include "ring.hpp"
#include "schema.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace notch::inline NOTCH_ABI::detail {

/// Whether a record that may be damaged can be rendered: the same walk as Renderer's, which believes every length it reads. What is
/// sound takes exactly the bytes that it says, so a length that was changed is noticed; a changed letter is not.
class RecordCheck {
public:
    /// `size` is that of the body with the bytes behind it that align the record.
    bool is_sound(const EventSchema& schema, const char* body, std::size_t size) noexcept {
        if (size < schema.fixed_size) return false;
        fixed_ = body;
        variable_ = body + schema.fixed_size;
        end_ = body + size;
        good_ = true;
        depth_ = 0;
        if (schema.stamped) fixed_ += sizeof(std::int64_t);
        if (schema.timestamp != nullptr) value(*schema.timestamp);
        if (schema.named) text();
        fields(*schema.body);
        return good_ && aligned_size(static_cast<std::size_t>(variable_ - body)) == size;
    }

private:
    static constexpr unsigned most_depth = 256;
    static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 30;   // of JSON, of one list
    static constexpr std::uint64_t most_empty = std::uint64_t{1} << 20;  // elements that take no bytes

    template <class Scalar>
    Scalar take() noexcept {
        Scalar out;
        std::memcpy(&out, fixed_, sizeof out);
        fixed_ += sizeof out;
        return out;
    }
    [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - variable_); }

    void text() noexcept {
        const std::size_t size = take<std::uint32_t>();
        good_ = good_ && size <= left();
        if (good_) variable_ += size;
    }

    void fields(const ValueSchema& schema) noexcept {
        for (const FieldSchema& field : schema.fields) {
            if (!good_) return;
            if (field.conditional && take<std::uint8_t>() == 0) fixed_ += field.value->fixed_size;
            else if (!field.redacted) value(*field.value);
        }
    }

    void optional(const ValueSchema& schema) noexcept {
        if (take<std::uint8_t>() != 0) value(*schema.element);
        else fixed_ += schema.element->fixed_size;
    }

    void time_point() noexcept {
        fixed_ += sizeof(std::int64_t);
        good_ = good_ && take<std::uint32_t>() < 1'000'000'000;
    }

    void elements(const ValueSchema& schema) noexcept {
        const std::uint64_t count = take<std::uint32_t>();
        const bool keyed = schema.kind == FlatKind::map;
        const std::uint64_t each = (keyed ? sizeof(std::uint32_t) : 0) + schema.element->fixed_size;
        good_ = good_ && count * each <= left() && (each != 0 || count <= most_empty) &&
                count * (schema.element->worst_size + std::uint64_t{32}) <= most_bytes;
        if (!good_) return;
        const char* const outer = fixed_;
        fixed_ = variable_;
        variable_ += count * each;
        for (std::uint64_t i = 0; i < count && good_; ++i) {
            if (keyed) text();
            if (good_) value(*schema.element);
        }
        fixed_ = outer;
    }

    void value(const ValueSchema& schema) noexcept {
        good_ = good_ && depth_ < most_depth;
        if (!good_) return;
        ++depth_;
        switch (schema.kind) {
            case FlatKind::text:
            case FlatKind::raw_json: text(); break;
            case FlatKind::time_point:
            case FlatKind::unix_time: time_point(); break;
            case FlatKind::optional: optional(schema); break;
            case FlatKind::list:
            case FlatKind::map: elements(schema); break;
            case FlatKind::object: fields(schema); break;
            default: fixed_ += schema.fixed_size; break;
        }
        --depth_;
    }

    const char* fixed_ = nullptr;
    const char* variable_ = nullptr;
    const char* end_ = nullptr;
    unsigned depth_ = 0;
    bool good_ = true;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
