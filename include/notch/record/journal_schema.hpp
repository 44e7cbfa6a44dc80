// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_JOURNAL_SCHEMA_HPP
#define NOTCH_RECORD_JOURNAL_SCHEMA_HPP

#include "../base/buffer.hpp"
#include "../base/plain_list.hpp"
#include "../config.hpp"
#include "schema.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// Schemas as bytes, and back in a process that knows none of the types. Values refer to each other by number, since a type may hold
// itself; the sizes that rendering relies on are not stored but worked out again. A stored schema may be damaged: nothing of it
// is believed.

namespace notch::inline NOTCH_ABI::detail {

/// Writes a schema's description; good() is false when memory ran out.
class SchemaWriter {
public:
    explicit SchemaWriter(Buffer& out) noexcept : out_{out} {}

    void event(const EventSchema& schema) {
        text(schema.name);
        text(schema.name_member);
        number<std::uint8_t>((schema.envelope ? 1U : 0U) | (schema.stamped ? 2U : 0U) | (schema.named ? 4U : 0U) |
                             (schema.timestamp != nullptr ? 8U : 0U));
        if (schema.timestamp != nullptr) reference(*schema.timestamp);
        reference(*schema.body);
        for (std::size_t at = 0; at < values_.size(); ++at) value(*values_[at]);  // grows on the way
    }
    [[nodiscard]] bool good() const noexcept { return good_; }

private:
    void value(const ValueSchema& schema) {
        number<std::uint8_t>(static_cast<unsigned>(schema.kind));
        switch (schema.kind) {
            case FlatKind::ticks:
            case FlatKind::unsigned_ticks:
            case FlatKind::real_duration:
                number<std::int64_t>(schema.numerator);
                number<std::int64_t>(schema.denominator);
                break;
            case FlatKind::enumeration:
                number<std::uint32_t>(schema.names.size());
                for (const std::string_view name : schema.names) text(name);
                break;
            case FlatKind::optional:
            case FlatKind::list:
            case FlatKind::map: reference(*schema.element); break;
            case FlatKind::object:
                number<std::uint32_t>(schema.fields.size());
                for (const FieldSchema& each : schema.fields) field(each);
                break;
            default: break;
        }
    }
    void field(const FieldSchema& schema) {
        text(schema.key);
        number<std::uint8_t>((schema.conditional ? 1U : 0U) | (schema.redacted ? 2U : 0U));
        if (!schema.redacted) reference(*schema.value);
    }
    void reference(const ValueSchema& schema) {
        std::size_t at = 0;
        while (at < values_.size() && values_[at] != &schema) ++at;
        if (at == values_.size()) good_ = values_.add(&schema) && good_;
        number<std::uint32_t>(at);
    }
    void text(std::string_view v) {
        number<std::uint32_t>(v.size());
        bytes(v.data(), v.size());
    }
    template <class Stored, class Number>
    void number(Number v) {
        const auto stored = static_cast<Stored>(v);
        bytes(&stored, sizeof stored);
    }
    void bytes(const void* from, std::size_t size) {
        good_ = good_ && out_.reserve(size);
        if (!good_ || size == 0) return;
        std::memcpy(out_.end(), from, size);
        out_.set_end(out_.end() + size);
    }

    Buffer& out_;
    PlainList<const ValueSchema*> values_;
    bool good_ = true;
};

/// A schema read back, and what it points to. A template, as everything is that recovers, so that it is compiled where a recorder is
/// made and not wherever one is used.
template <class Late = void>
class StoredSchema {
public:
    explicit StoredSchema(std::string_view bytes) : size_{bytes.size()}, bytes_{bytes} {
        bytes_.append(text_block, '\0');  // a key at the end may be read in whole blocks, too
    }
    StoredSchema(const StoredSchema&) = delete;
    StoredSchema& operator=(const StoredSchema&) = delete;

    /// False: it is damaged.
    bool read() {
        event_.name = text();
        event_.name_member = text();
        const auto flags = number<std::uint8_t>();
        event_.envelope = (flags & 1) != 0;
        event_.stamped = (flags & 2) != 0;
        event_.named = (flags & 4) != 0;
        const std::size_t timestamp = (flags & 8) != 0 ? reference() : none;
        const std::size_t body = reference();
        for (std::size_t at = 0; at < values_.size() && good_; ++at) value(at);
        if (!good_ || at_ != size_ || flags > 15) return false;
        link();
        for (std::size_t at = 0; at < values_.size(); ++at)
            if (!measure(at, 0)) return false;
        return values_[body].kind == FlatKind::object && measure_event(timestamp, body);
    }
    /// Or that was all that kept it from being read.
    [[nodiscard]] bool lacks_memory() const noexcept { return lacks_memory_; }
    [[nodiscard]] const EventSchema& event() const noexcept { return event_; }

private:
    static constexpr std::size_t none = ~std::size_t{0};
    static constexpr std::uint64_t most_bytes = std::uint64_t{1} << 28;
    static constexpr unsigned most_depth = 128;
    enum class Measured : std::uint8_t { no, begun, yes };

    /// What a value refers to, as numbers, until everything has its final place.
    struct Links {
        std::size_t element = none;
        std::size_t first = 0;  ///< of its fields or names
        std::size_t count = 0;
        Measured measured = Measured::no;
    };

    void value(std::size_t self) {
        const auto kind = number<std::uint8_t>();
        good_ = good_ && kind <= static_cast<std::uint8_t>(FlatKind::object);
        if (!good_) return;
        values_[self].kind = static_cast<FlatKind>(kind);
        switch (values_[self].kind) {
            case FlatKind::ticks:
            case FlatKind::unsigned_ticks:
            case FlatKind::real_duration:
                values_[self].numerator = number<std::int64_t>();
                values_[self].denominator = number<std::int64_t>();
                break;
            case FlatKind::optional:
            case FlatKind::list:
            case FlatKind::map: {
                const std::size_t element = reference();
                links_[self].element = element;
                break;
            }
            case FlatKind::enumeration:
                links_[self].first = names_.size();
                links_[self].count = number<std::uint32_t>();
                for (std::size_t i = 0; i < links_[self].count && good_; ++i) add(names_, text());
                break;
            case FlatKind::object:
                links_[self].first = fields_.size();
                links_[self].count = number<std::uint32_t>();
                for (std::size_t i = 0; i < links_[self].count && good_; ++i) field();
                break;
            default: break;
        }
    }
    void field() {
        FieldSchema field;
        field.key = text();
        const auto flags = number<std::uint8_t>();
        field.conditional = flags == 1;
        field.redacted = flags == 2;
        good_ = good_ && flags <= 2;
        const std::size_t value = field.redacted ? none : reference();
        add(fields_, field);
        add(values_of_fields_, value);
    }

    /// The number of a value; its first mention makes the value.
    std::size_t reference() {
        const std::size_t at = number<std::uint32_t>();
        good_ = good_ && at <= values_.size();
        if (!good_) return 0;
        if (at == values_.size()) {
            add(values_, {});
            add(links_, {});
        }
        return good_ ? at : 0;
    }

    template <class Element>
    void add(PlainList<Element>& list, const std::type_identity_t<Element>& element) {
        if (list.add(element)) return;
        good_ = false;
        lacks_memory_ = true;
    }

    void link() {
        for (std::size_t i = 0; i < fields_.size(); ++i)
            if (values_of_fields_[i] != none) fields_[i].value = &values_[values_of_fields_[i]];
        for (std::size_t i = 0; i < values_.size(); ++i) {
            const Links& links = links_[i];
            if (links.element != none) values_[i].element = &values_[links.element];
            if (values_[i].kind == FlatKind::object) values_[i].fields = {fields_.data() + links.first, links.count};
            if (values_[i].kind == FlatKind::enumeration) values_[i].names = {names_.data() + links.first, links.count};
        }
    }

    /// The sizes of a value, as make_value_schema has them. False for one that contains itself, or is too large to be true.
    bool measure(std::size_t at, unsigned depth) {
        Links& links = links_[at];
        if (links.measured == Measured::yes) return true;
        if (links.measured == Measured::begun || depth > most_depth) return false;
        links.measured = Measured::begun;
        ValueSchema& schema = values_[at];
        std::uint64_t fixed = fixed_size_of(schema.kind);
        std::uint64_t worst = worst_size_of(schema.kind);
        if (schema.kind == FlatKind::optional) {
            if (!measure(links.element, depth + 1)) return false;
            fixed += schema.element->fixed_size;
            worst += schema.element->worst_size;
        }
        std::size_t longest = 0;
        for (const std::string_view name : schema.names) longest = name.size() > longest ? name.size() : longest;
        if (schema.kind == FlatKind::enumeration) worst += escaped_bound(longest);
        for (std::size_t i = links.first; i < links.first + schema.fields.size(); ++i) {
            const FieldSchema& field = fields_[i];
            if (!field.redacted && !measure(values_of_fields_[i], depth + 1)) return false;
            fixed += field.fixed_size();
            worst += field.key.size() + (field.redacted ? redacted.size() : field.value->worst_size);
        }
        if (fixed > most_bytes || worst > most_bytes) return false;
        schema.fixed_size = static_cast<std::uint32_t>(fixed);
        schema.worst_size = static_cast<std::uint32_t>(worst);
        links.measured = Measured::yes;
        return true;
    }

    bool measure_event(std::size_t timestamp, std::size_t body) {
        event_.body = &values_[body];
        event_.timestamp = timestamp == none ? nullptr : &values_[timestamp];
        event_.fixed_size = event_.body->fixed_size + static_cast<std::uint32_t>(event_.time_size() + event_.name_size());
        event_.worst_size = event_.body->worst_size + worst_size_of_envelope(event_.name_member.size());
        if (timestamp != none) event_.worst_size += event_.timestamp->worst_size;
        return true;
    }

    std::string_view text() {
        const std::size_t size = number<std::uint32_t>();
        good_ = good_ && size <= size_ - at_;
        if (!good_) return "";
        at_ += size;
        return std::string_view{bytes_}.substr(at_ - size, size);
    }
    template <class Stored>
    Stored number() {
        Stored out{};
        good_ = good_ && sizeof out <= size_ - at_;
        if (!good_) return out;
        std::memcpy(&out, bytes_.data() + at_, sizeof out);
        at_ += sizeof out;
        return out;
    }

    const std::size_t size_;
    std::string bytes_;
    std::size_t at_ = 0;
    bool good_ = true;
    bool lacks_memory_ = false;
    EventSchema event_;
    PlainList<ValueSchema> values_;
    PlainList<Links> links_;  // one for each value
    PlainList<FieldSchema> fields_;
    PlainList<std::size_t> values_of_fields_;
    PlainList<std::string_view> names_;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
