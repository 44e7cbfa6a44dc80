// SPDX-License-Identifier: MIT
#ifndef NOTCH_READ_LEDGER_BUFFER_HPP
#define NOTCH_READ_LEDGER_BUFFER_HPP

#include "../base/buffer.hpp"
#include "../base/platform_identity.hpp"
#include "../base/platform_read.hpp"
#include "../config.hpp"
#include "../macros.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

// The bytes of a file as lines, however large the file is. One buffer takes large reads; what is unfinished at its end moves to its
// front. It grows only for lines that are longer than a read.

namespace notch::inline NOTCH_ABI::detail {

/// A line of a file as it stands there.
struct RawLine {
    std::string_view text{};    ///< without its newline; of a line over the limit only how it begins
    std::uint64_t byte = 0;     ///< where it begins in the file
    std::uint64_t number = 0;   ///< from 1
    std::uint64_t size = 0;     ///< of the whole line
    bool too_long = false;
};

class LineBuffer {
public:
    /// Of a line over the limit, so much is kept to be shown.
    static constexpr std::size_t head_size = 256;

    LineBuffer(std::size_t max_line, std::size_t block) noexcept
        : max_line_{max_line}, block_{block < head_size ? head_size : block} {}
    LineBuffer(const LineBuffer&) = delete;
    LineBuffer& operator=(const LineBuffer&) = delete;
    ~LineBuffer() { ::operator delete(data_); }

    /// Begins at the start of a file; its lines are counted anew.
    void begin_file() noexcept {
        begin_ = searched_ = end_ = head_ = 0;
        place_ = line_place_ = dropped_ = 0;
        number_ = 1;
        at_end_ = false;
    }

    /// The next line that is whole in the buffer; its text stays until fill() is called.
    NOTCH_INTERNAL_INLINE bool cut(RawLine& out) noexcept {
        if (searched_ == end_) return false;
        const char* const from = data_ + searched_;
        const void* const found = std::memchr(from, '\n', end_ - searched_);
        if (found == nullptr) {
            searched_ = end_;
            return false;
        }
        const auto stop = static_cast<std::size_t>(static_cast<const char*>(found) - data_);
        take(stop, out);
        line_place_ += out.size + 1;
        ++number_;
        begin_ = searched_ = stop + 1;
        dropped_ = 0;
        return true;
    }

    enum class Fill : std::uint8_t { more, end, no_memory, failed };

    /// Reads on. `end`: there is nothing more now; later there may be. Bytes behind the last newline that a read found at the end of
    /// the file are read again, as their writer may have taken them back since.
    Fill fill(int descriptor) noexcept {
        const std::size_t known = at_end_ && dropped_ == 0 ? end_ - begin_ : 0;
        if (known != 0) {
            place_ = line_place_;
            end_ = searched_ = begin_;
        }
        drop_excess();
        if (!make_room()) return Fill::no_memory;
        const std::size_t room = capacity_ - end_;
        const ReadOutcome outcome = read_at(descriptor, place_, data_ + end_, room);
        error_ = outcome.error;
        if (outcome.error != 0) return Fill::failed;
        place_ += outcome.count;
        end_ += outcome.count;
        at_end_ = outcome.count < room;
        if (outcome.count > known || (known != 0 && has_newline())) return Fill::more;
        return Fill::end;
    }

    /// What stands behind the last newline.
    [[nodiscard]] RawLine tail() const noexcept {
        RawLine out;
        take(end_, out);
        return out;
    }
    /// errno of the last fill().
    [[nodiscard]] int error() const noexcept { return error_; }
    /// Where the unfinished line begins, or the next one will.
    [[nodiscard]] std::uint64_t line_place() const noexcept { return line_place_; }

private:
    void take(std::size_t stop, RawLine& out) const noexcept {
        out.text = dropped_ == 0 ? view_of(data_ + begin_, stop - begin_) : view_of(data_, head_);
        out.byte = line_place_;
        out.number = number_;
        out.size = dropped_ + (stop - begin_);
        out.too_long = out.size > max_line_;
        if (out.text.size() > head_size && out.too_long) out.text = out.text.substr(0, head_size);
    }

    [[nodiscard]] bool has_newline() const noexcept {
        return end_ != begin_ && std::memchr(data_ + begin_, '\n', end_ - begin_) != nullptr;
    }

    /// Lets go of a line that is over the limit already, but for how it begins, which stays at the front.
    NOTCH_INTERNAL_INLINE void drop_excess() noexcept {
        const std::size_t size = end_ - begin_;
        if (dropped_ == 0 && (size <= max_line_ || size < head_size)) [[likely]]
            return;
        if (dropped_ == 0) {
            head_ = head_size;
            std::memmove(data_, data_ + begin_, head_);
        }
        dropped_ += size;
        begin_ = searched_ = end_ = head_;
    }

    /// Moves what is unfinished to the front, and sees to it that a read is worth its call.
    bool make_room() noexcept {
        const std::size_t front = dropped_ == 0 ? 0 : head_;
        const std::size_t size = end_ - begin_;
        if (begin_ != front) {
            std::memmove(data_ + front, data_ + begin_, size);
            searched_ -= begin_ - front;
            begin_ = front;
            end_ = front + size;
        }
        if (capacity_ - end_ >= block_ / 2 && capacity_ != 0) return true;
        const std::size_t wanted = capacity_ == 0 ? block_ : capacity_ * 2;
        char* const larger = static_cast<char*>(::operator new(wanted, std::nothrow));
        if (larger == nullptr) return capacity_ != end_;
        if (end_ != 0) std::memcpy(larger, data_, end_);
        ::operator delete(data_);
        data_ = larger;
        capacity_ = wanted;
        return true;
    }

    std::size_t max_line_;
    std::size_t block_;
    char* data_ = nullptr;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;           // of the line that is being looked for
    std::size_t searched_ = 0;        // up to here there is no newline
    std::size_t end_ = 0;
    std::size_t head_ = 0;            // how much is kept of a line that is let go of
    std::uint64_t place_ = 0;         // in the file, of the next read
    std::uint64_t line_place_ = 0;
    std::uint64_t number_ = 1;
    std::uint64_t dropped_ = 0;       // bytes of the line that the buffer has no more
    int error_ = 0;
    bool at_end_ = false;
};

}  // namespace notch::inline NOTCH_ABI::detail

#endif
