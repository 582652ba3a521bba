#include "models/config/values.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <span>

namespace pcpsim {
namespace {
__extension__ using Wide = __int128;

struct Unit {
    std::string_view name;
    std::int64_t size;
};
constexpr std::array<Unit, 5> time_units{
    {{"ps", 1}, {"ns", 1'000}, {"us", 1'000'000}, {"ms", 1'000'000'000}, {"s", 1'000'000'000'000}}};
constexpr std::array<Unit, 5> size_units{
    {{"B", 1}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}, {"TiB", 1LL << 40}}};

/// Takes decimal digits off the front. Nothing if there are none, or more than 18 after zeros.
std::optional<std::int64_t> take_digits(std::string_view& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.starts_with('-') || error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

enum class Outcome { exact, no_unit, inexact, too_large, negative };
struct Measure {
    Outcome outcome;
    std::int64_t count = 0;
};

/// Reads "2.5us" as a whole number of the smallest unit.
Measure measure(std::string_view text, std::span<const Unit> units) {
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);
    const std::size_t unit_at = text.find_first_not_of("0123456789.");
    if (unit_at == std::string_view::npos) return {Outcome::no_unit};
    const std::string_view unit_name = text.substr(unit_at);
    std::string_view digits = text.substr(0, unit_at);
    const Unit* unit = nullptr;
    for (const Unit& candidate : units)
        if (candidate.name == unit_name) unit = &candidate;
    const std::size_t point = digits.find('.');
    std::string_view whole = digits.substr(0, point);
    std::string_view fraction = point == std::string_view::npos ? "0" : digits.substr(point + 1);
    if (!unit || whole.empty() || fraction.empty() || fraction.find('.') != std::string_view::npos)
        return {Outcome::no_unit};
    while (fraction.size() > 1 && fraction.ends_with('0')) fraction.remove_suffix(1);
    if (fraction.size() > 18) return {Outcome::inexact};
    Wide scale = 1;
    for (std::size_t i = 0; i < fraction.size(); ++i) scale *= 10;
    const std::optional<std::int64_t> whole_count = take_digits(whole);
    if (!whole_count) return {Outcome::too_large};
    const Wide part = Wide{*take_digits(fraction)} * unit->size;
    if (part % scale != 0) return {Outcome::inexact};
    const Wide count = Wide{*whole_count} * unit->size + part / scale;
    if (count > std::numeric_limits<std::int64_t>::max()) return {Outcome::too_large};
    return {is_negative ? Outcome::negative : Outcome::exact, static_cast<std::int64_t>(count)};
}
}  // namespace

Parsed<bool> Scalar<bool>::parse(std::string_view text) {
    if (text == "true") return true;
    if (text == "false") return false;
    return Refused{};
}

Parsed<std::string> Scalar<std::string>::parse(std::string_view text) {
    if (is_printable(text)) return std::string{text};
    return Refused{" without control characters"};
}

Parsed<Duration> Scalar<Duration>::parse(std::string_view text) {
    const Measure read = measure(text, time_units);
    switch (read.outcome) {
        case Outcome::exact:
            return Duration{read.count};
        case Outcome::inexact:
            return Refused{" in whole picoseconds"};
        case Outcome::too_large:
            return Refused{" below 2^63 picoseconds (106 days)"};
        case Outcome::negative:
            return Refused{" without a sign"};
        case Outcome::no_unit:
            break;
    }
    return Refused{" with a unit, such as \"14ns\""};
}

Parsed<Bytes> Scalar<Bytes>::parse(std::string_view text) {
    const Measure read = measure(text, size_units);
    switch (read.outcome) {
        case Outcome::exact:
            return Bytes{read.count};
        case Outcome::inexact:
            return Refused{" in whole bytes"};
        case Outcome::too_large:
            return Refused{" below 2^63 bytes"};
        case Outcome::negative:
            return Refused{" without a sign"};
        case Outcome::no_unit:
            break;
    }
    return Refused{" with a unit, such as \"64GiB\""};
}

Parsed<Pages> Scalar<Pages>::parse(std::string_view text) {
    std::string_view rest = text;
    const std::optional<std::int64_t> count = take_digits(rest);
    if (count && rest.empty()) return Pages{*count};
    return Refused{};
}

Parsed<Ratio> Scalar<Ratio>::parse(std::string_view text) {
    const std::optional<std::int64_t> num = take_digits(text);
    if (num && text.starts_with('/')) {
        text.remove_prefix(1);
        const std::optional<std::int64_t> den = take_digits(text);
        if (den && text.empty() && *num > 0 && *den > 0) return Ratio{*num, *den};
    }
    return Refused{" of two positive whole numbers, such as \"2/3\""};
}

}  // namespace pcpsim
