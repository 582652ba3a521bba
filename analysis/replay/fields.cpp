#include "analysis/replay/fields.hpp"

namespace pcpsim {
namespace {

bool ends_word(const Number& number, const char* end) {
    return number.behind != nullptr && (number.behind == end || is_blank(*number.behind));
}

}  // namespace

const char* Fields::end_of_word(const char* at, const char* end) {
    const void* blank = std::memchr(at, ' ', static_cast<std::size_t>(end - at));
    return blank == nullptr ? end : static_cast<const char*>(blank);
}

const char* Fields::next_word(const char* at, const char* end) {
    return skip_blanks(is_blank(*at) ? at : end_of_word(at, end), end);
}

Number Fields::value_at(const char* at, const char* end, std::uint64_t most, bool is_signed) {
    Number number = number_at(at, end);
    if (ends_word(number, end) && number.value <= most) return number;
    if (!is_signed || at == end || *at != '-') return {};
    number = value_at(at + 1, end, most, false);
    number.value = -number.value;
    return number;
}

Number Fields::pointer_at(const char* at, const char* end) {
    Number number;
    if (end - at >= 16) number = sixteen_digits_at(at);
    if (number.behind == nullptr) {
        if (at != end && *at == '(') return {0, end_of_word(at, end)};
        if (end - at > 2 && at[0] == '0' && at[1] == 'x') at += 2;
        number = hexadecimal_at(at, end);
    }
    return ends_word(number, end) ? number : Number{};
}

}  // namespace pcpsim
