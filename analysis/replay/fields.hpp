#pragma once
// The words behind the name of an event.
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

#include "analysis/replay/numbers.hpp"

namespace pcpsim {

/// The "key=value" words behind the name of an event, looked up in the order of the format. Keys
/// are literals, so that their comparison is a few instructions.
class Fields {
public:
    Fields(const char* at, const char* end) : at_{at}, end_{end} {}

    /// The value of the first word ahead that has this key.
    template <class Integer, std::size_t n>
    bool find(const char (&key)[n], Integer& value) {
        while (!next(key, value)) {
            if (broken_ || at_ == end_) return false;
            skip_word();
        }
        return true;
    }
    /// The value of the next word, if it has this key.
    template <class Integer, std::size_t n>
    bool next(const char (&key)[n], Integer& value) {
        while (at_ != end_ && is_blank(*at_)) ++at_;
        constexpr std::size_t length = n - 1;
        if (static_cast<std::size_t>(end_ - at_) < length || std::memcmp(at_, key, length) != 0)
            return false;
        const char* at = at_ + length;
        const bool negative = at != end_ && *at == '-';
        if (negative) ++at;
        std::uint64_t number = 0;
        using Limits = std::numeric_limits<Integer>;
        if (!read_number(at, end_, number) || (at != end_ && !is_blank(*at)) ||
            number > static_cast<std::uint64_t>(Limits::max()) ||
            (negative && std::is_unsigned_v<Integer>)) {
            broken_ = true;
            return false;
        }
        value = static_cast<Integer>(number);
        if constexpr (std::is_signed_v<Integer>)
            if (negative) value = static_cast<Integer>(-value);
        at_ = at;
        return true;
    }
    /// Whether one of the words ahead is this one.
    bool has_word(std::string_view word) {
        while (at_ != end_) {
            while (at_ != end_ && is_blank(*at_)) ++at_;
            const char* begin = at_;
            skip_word();
            if (std::string_view{begin, static_cast<std::size_t>(at_ - begin)} == word) return true;
        }
        return false;
    }
    /// The value of the first word ahead that has this key: a pointer, with or without 0x. Before
    /// the kernel can hash pointers it prints none; then 0.
    template <std::size_t n>
    bool find_pointer(const char (&key)[n], std::uint64_t& value) {
        constexpr std::size_t length = n - 1;
        for (;; skip_word()) {
            while (at_ != end_ && is_blank(*at_)) ++at_;
            if (at_ == end_) return false;
            if (static_cast<std::size_t>(end_ - at_) > length && std::memcmp(at_, key, length) == 0)
                break;
        }
        const char* at = at_ + length;
        value = 0;
        if (*at == '(') return skip_word(), true;
        if (*at == '0' && end_ - at > 2 && at[1] == 'x') at += 2;
        if (!read_hex(at, end_, value) || (at != end_ && !is_blank(*at))) return false;
        at_ = at;
        return true;
    }
    /// The rest of the line, without blanks before it.
    [[nodiscard]] std::string_view rest() {
        while (at_ != end_ && is_blank(*at_)) ++at_;
        return {at_, static_cast<std::size_t>(end_ - at_)};
    }
    /// Where a probe stands: "(free_unref_page_commit+0x0/0x160)".
    void skip_location() {
        while (at_ != end_ && is_blank(*at_)) ++at_;
        if (at_ != end_ && *at_ == '(') skip_word();
    }
    /// A value that was found could not be read.
    [[nodiscard]] bool is_broken() const { return broken_; }

private:
    static bool is_blank(char c) { return c == ' ' || c == '\t'; }
    void skip_word() {
        const void* blank = std::memchr(at_, ' ', static_cast<std::size_t>(end_ - at_));
        at_ = blank == nullptr ? end_ : static_cast<const char*>(blank);
    }

    const char* at_;
    const char* end_;
    bool broken_ = false;
};

}  // namespace pcpsim
