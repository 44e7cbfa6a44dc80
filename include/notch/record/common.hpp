// SPDX-License-Identifier: MIT
#ifndef NOTCH_RECORD_COMMON_HPP
#define NOTCH_RECORD_COMMON_HPP

#include "../base/plain_list.hpp"
#include "../config.hpp"
#include "../event/kind.hpp"
#include "../json/encode.hpp"
#include "../json/keys.hpp"
#include "schema.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace notch::inline NOTCH_ABI {

/// Fields that every line of a recorder ends with: made from any struct or map with string keys, written once.
///
///     struct Host { std::string host; int pid; };
///     notch::Recorder recorder{notch::FileSink{"events.jsonl"}, {.common = Host{"a1", 4711}}};
///     // {"timestamp":1795190400.123456,"event":"runner_start","flavor":"small","host":"a1","pid":4711}
///
/// The values are those at the time of making. A key that the event's struct has itself is left out of its lines, and so are
/// `timestamp`, `event` and keys that begin with `notch_`. Lines of events without an envelope stay as they are.
class CommonFields {
public:
    CommonFields() = default;

    template <class T>
        requires(!std::is_same_v<T, CommonFields> &&
                 (detail::kind_of<T>() == detail::Kind::object || detail::kind_of<T>() == detail::Kind::map))
    CommonFields(const T& fields) {
        split(to_json(fields));
    }

    [[nodiscard]] bool empty() const noexcept { return members_.empty(); }

    /// All members as one object, and back.
    [[nodiscard]] std::string object() const {
        std::string out;
        for_each([&out](std::string_view member) { out += member; });
        return out.empty() ? out : "{" + out.substr(1) + "}";
    }
    [[nodiscard]] static CommonFields of_object(std::string_view object) {
        CommonFields out;
        if (!object.empty()) out.split(object);
        return out;
    }

    /// What lines of that schema end with, with a comma before each member.
    [[nodiscard]] std::string text_for(const detail::EventSchema& schema) const {
        std::string out;
        for_each([&](std::string_view member) {
            if (schema.envelope && !is_taken(schema, member)) out += member;
        });
        return out;
    }

private:
    static bool is_taken(const detail::EventSchema& schema, std::string_view member) noexcept {
        for (const std::string_view reserved : {",\"timestamp\":", ",\"event\":", ",\"notch_"})
            if (member.substr(0, reserved.size()) == reserved) return true;
        for (const detail::FieldSchema& field : schema.body->fields)
            if (member.substr(0, field.key.size()) == field.key) return true;
        return false;
    }

    /// Cuts `{"a":1,"b":[2,3]}` into `,"a":1` and `,"b":[2,3]`.
    void split(std::string_view object) {
        std::size_t start = 1;
        std::size_t depth = 0;
        bool quoted = false;
        for (std::size_t at = 1; at < object.size(); ++at) {
            const char c = object[at];
            if (c == '\\') ++at;
            else if (c == '"') quoted = !quoted;
            else if (quoted) continue;
            else if ((c == ',' || c == '}') && depth == 0) start = add(object, start, at);
            else if (c == '{' || c == '[') ++depth;
            else if (c == '}' || c == ']') --depth;
        }
    }
    std::size_t add(std::string_view object, std::size_t start, std::size_t end) {
        if (end > start) {
            members_ += ',';
            members_ += object.substr(start, end - start);
            members_ += '\n';
        }
        return end + 1;
    }
    template <class Visit>
    void for_each(Visit visit) const {
        std::string_view rest = members_;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            visit(rest.substr(0, end));
            rest = rest.substr(end + 1);
        }
    }

    std::string members_;  // each with a newline behind it, which none of them holds
};

}  // namespace notch::inline NOTCH_ABI

namespace notch::inline NOTCH_ABI::detail {

/// The texts of a recorder's schemas, each made when it is first needed.
class CommonTexts {
public:
    explicit CommonTexts(const CommonFields& fields) noexcept : fields_{fields} {}
    CommonTexts(const CommonTexts&) = delete;
    CommonTexts& operator=(const CommonTexts&) = delete;
    ~CommonTexts() {
        for (const std::string* text : texts_) delete text;
    }

    std::string_view of(std::uint32_t number, const EventSchema& schema) {
        if (fields_.empty()) return "";
        if (number >= texts_.size()) texts_.resize(std::size_t{number} + 1);
        std::string*& text = texts_[number];
        if (text == nullptr) text = new std::string{fields_.text_for(schema)};
        return *text;
    }

private:
    const CommonFields& fields_;
    PlainList<std::string*> texts_;  // by the schemas' numbers
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
