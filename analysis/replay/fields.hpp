#pragma once
// The words behind the name of an event.
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

#include "analysis/replay/numbers.hpp"

namespace pcpsim {

inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

inline const char* skip_blanks(const char* at, const char* end) {
    while (at != end && is_blank(*at)) ++at;
    return at;
}

/// The "key=value" words behind the name of an event, looked up in the order of the format. Keys
/// are literals, so that their comparison is a few instructions.
class Fields {
public:
    Fields(const char* at, const char* end) : at_{at}, end_{end} {}
    explicit Fields(std::string_view text) : Fields{text.data(), text.data() + text.size()} {}

    /// The value of the first word ahead that has this key. A bool may be any number.
    template <class Integer, std::size_t n>
    bool find(const char (&key)[n], Integer& value) {
        return find_key(key) && take(at_ + (n - 1), value);
    }
    /// The value of the next word, if it has this key.
    template <class Integer, std::size_t n>
    bool next(const char (&key)[n], Integer& value) {
        at_ = skip_blanks(at_, end_);
        return has_key(key) && take(at_ + (n - 1), value);
    }
    /// The value of the first word ahead that has this key: a pointer, with or without 0x. Before
    /// the kernel can hash pointers it prints none; then 0.
    template <std::size_t n>
    bool find_pointer(const char (&key)[n], std::uint64_t& value) {
        return find_key(key) && take(pointer_at(at_ + (n - 1), end_), value);
    }
    /// Whether one of the words ahead is this one.
    bool has_word(std::string_view word) {
        while (at_ != end_) {
            const char* begin = skip_blanks(at_, end_);
            at_ = end_of_word(begin, end_);
            if (std::string_view{begin, static_cast<std::size_t>(at_ - begin)} == word) return true;
        }
        return false;
    }
    /// The rest of the line, without blanks before it.
    [[nodiscard]] std::string_view rest() {
        at_ = skip_blanks(at_, end_);
        return {at_, static_cast<std::size_t>(end_ - at_)};
    }
    /// Where a probe stands: "(free_unref_page_commit+0x0/0x160)".
    void skip_location() {
        if (rest().starts_with('(')) at_ = end_of_word(at_, end_);
    }
    /// A value that was found could not be read. Nothing is found any more.
    [[nodiscard]] bool is_broken() const { return at_ == nullptr; }

private:
    template <std::size_t n>
    [[nodiscard]] bool has_key(const char (&key)[n]) const {
        return static_cast<std::size_t>(end_ - at_) >= n - 1 && std::memcmp(at_, key, n - 1) == 0;
    }
    template <std::size_t n>
    bool find_key(const char (&key)[n]) {
        if (at_ != end_ && *at_ == ' ') ++at_;
        while (!has_key(key)) {
            if (at_ == end_) return false;
            at_ = next_word(at_, end_);
        }
        return true;
    }
    template <class Integer>
    bool take(const char* at, Integer& value) {
        // Most are a single digit.
        if (end_ - at > 1 && is_digit(at[0]) && at[1] == ' ')
            return take(Number{static_cast<std::uint64_t>(at[0] - '0'), at + 1}, value);
        constexpr auto most = static_cast<std::uint64_t>(std::is_same_v<Integer, bool>
                                                             ? std::numeric_limits<unsigned>::max()
                                                             : std::numeric_limits<Integer>::max());
        return take(value_at(at, end_, most, std::is_signed_v<Integer>), value);
    }
    template <class Integer>
    bool take(const Number& number, Integer& value) {
        at_ = number.behind;
        if (at_ == nullptr) {
            end_ = nullptr;
            return false;
        }
        value = static_cast<Integer>(number.value);
        return true;
    }

    // What is called is static: the compiler keeps in registers what has no address.

    static const char* end_of_word(const char* at, const char* end);
    static const char* next_word(const char* at, const char* end);
    /// None if something else follows in the word, or it is beyond `most`.
    static Number value_at(const char* at, const char* end, std::uint64_t most, bool is_signed);
    static Number pointer_at(const char* at, const char* end);

    const char* at_;
    const char* end_;
};

}  // namespace pcpsim
