#include "analysis/replay/trace_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "analysis/replay/fields.hpp"
#include "analysis/replay/numbers.hpp"
#include "analysis/replay/trace_fields.hpp"

namespace pcpsim {
namespace {

using namespace trace;

bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// "17.310054:" or, of a clock that counts, "17310054:". Behind the colon, or null.
const char* read_time(const char* at, const char* end, Time& time) {
    const Number whole = number_at(at, end);
    at = whole.behind;
    if (at == nullptr || at == end || whole.value >= std::uint64_t{1} << 62) return nullptr;
    const auto seconds = static_cast<std::int64_t>(whole.value);
    if (*at == ':') {
        time = Time{Duration{seconds}};
        return at + 1;
    }
    if (*at != '.' || seconds > 9'000'000) return nullptr;
    static constexpr std::array<std::int64_t, 13> units{1'000'000'000'000,
                                                        100'000'000'000,
                                                        10'000'000'000,
                                                        1'000'000'000,
                                                        100'000'000,
                                                        10'000'000,
                                                        1'000'000,
                                                        100'000,
                                                        10'000,
                                                        1'000,
                                                        100,
                                                        10,
                                                        1};
    const Number fraction = number_at(++at, end);
    if (fraction.behind == nullptr || fraction.behind == end || *fraction.behind != ':')
        return nullptr;
    const auto digits = static_cast<std::size_t>(fraction.behind - at);
    if (digits >= units.size()) return nullptr;
    const std::int64_t picoseconds = static_cast<std::int64_t>(fraction.value) * units[digits];
    time = Time{Duration{seconds * 1'000'000'000'000 + picoseconds}};
    return fraction.behind + 1;
}

/// The number that ends before `at`, as in "init-1  " or "init  1 " or "init-1 (  1) ".
std::int32_t pid_before(const char* begin, const char* at) {
    const auto back_over_blanks = [&] {
        while (at != begin && at[-1] == ' ') --at;
    };
    back_over_blanks();
    if (at != begin && at[-1] == ')') {
        while (at != begin && at[-1] != '(') --at;
        if (at != begin) --at;
        back_over_blanks();
    }
    std::int64_t pid = 0;
    std::int64_t unit = 1;
    for (; at != begin && is_digit(at[-1]) && unit < 10'000'000'000; unit *= 10)
        pid += unit * (*--at - '0');
    return static_cast<std::int32_t>(pid & std::numeric_limits<std::int32_t>::max());
}

/// The hardirq/softirq character of "d..3." or, up to 6.12 with PREEMPT_RT, where what a lazy
/// preemption needs has columns of its own, "d...3..".
char context_of(const char* flags, std::ptrdiff_t length) {
    constexpr std::ptrdiff_t with_lazy = 7;
    if (length >= with_lazy) return flags[3];
    return length >= 3 ? flags[2] : '.';
}

/// "[001]", and behind it perhaps flags. Where the time should be, or null.
const char* read_actor(const char* begin, const char* bracket, const char* end, Actor& actor) {
    const Number cpu = number_at(bracket + 1, end);
    const char* at = cpu.behind;
    if (bracket == begin || at == nullptr || at == end || *at != ']' ||
        cpu.value > std::numeric_limits<std::uint32_t>::max())
        return nullptr;
    at = skip_blanks(at + 1, end);
    const char* word_end = std::find(at, end, ' ');
    actor = {CpuId{static_cast<std::uint32_t>(cpu.value)}, pid_before(begin, bracket), '.'};
    if (word_end != at && word_end[-1] != ':') {
        actor.context = context_of(at, word_end - at);
        at = skip_blanks(word_end, end);
    }
    return at;
}

/// "CPU:3 [LOST 123 EVENTS]", "CPU:3 [LOST EVENTS]", and "CPU:3 [123 EVENTS DROPPED]"; and
/// "##### CPU 3 buffer started ####", before which events of that CPU were overwritten.
bool read_loss(std::string_view line, Record& record) {
    constexpr std::string_view hashes = "##### CPU ";
    if (line.starts_with(hashes) && line.find("buffer started") != line.npos) {
        std::uint32_t cpu = 0;
        std::from_chars(line.data() + hashes.size(), line.data() + line.size(), cpu);
        record.actor = Actor{CpuId{cpu}, 0, '.'};
        record.event = LostEvents{};
        return true;
    }
    if (!line.starts_with("CPU:")) return false;
    const std::size_t bracket = line.find(" [");
    if (bracket == line.npos) return false;
    const std::string_view what = line.substr(bracket);
    if (what.find("LOST") == what.npos && what.find("DROPPED") == what.npos) return false;
    std::uint32_t cpu = 0;
    std::from_chars(line.data() + 4, line.data() + line.size(), cpu);
    const std::size_t digits = what.find_first_of("0123456789");
    LostEvents lost;
    if (digits != what.npos)
        std::from_chars(what.data() + digits, what.data() + what.size(), lost.count);
    record.actor = Actor{CpuId{cpu}, 0, '.'};
    record.event = lost;
    return true;
}

/// What precedes the first colon with no word right behind it, without the group.
std::string_view event_name(const char*& at, const char* end) {
    at = skip_blanks(at, end);
    const char* word = at;
    for (;;) {
        at = static_cast<const char*>(std::memchr(word, ':', static_cast<std::size_t>(end - word)));
        if (at == nullptr) return {};
        if (end - at < 2 || !is_word(at[1])) break;
        word = at + 1;
    }
    return {word, static_cast<std::size_t>(at - word)};
}

/// A probe that says where the page's struct is: its place among the structs is the frame number.
void translate_page(std::uint64_t address, const PageStructs& structs, PcpCommit& commit) {
    constexpr std::uint64_t struct_size = 64;
    const std::uint64_t offset = address - structs.base;
    if (address >= structs.base && offset % struct_size == 0 &&
        offset / struct_size < std::uint64_t{1} << 40)
        commit.page = Pfn{static_cast<std::int64_t>(offset / struct_size)};
}

bool is_header(std::string_view line) {
    return line.empty() || line[0] == '#' || line.starts_with("cpus=") ||
           line.starts_with("version = ") || (line.starts_with("CPU ") && line.ends_with("empty"));
}

}  // namespace

LineRead LineReader::read(std::string_view line, const PageStructs& structs, Record& record) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const char* const end = line.data() + line.size();
    const char* at = known_start(line, record);
    if (at == nullptr) {
        const char* const begin = skip_blanks(line.data(), end);
        const std::string_view text{begin, static_cast<std::size_t>(end - begin)};
        const bool may_tell_of_loss = !text.empty() && (text[0] == 'C' || text[0] == '#');
        if (may_tell_of_loss && read_loss(text, record)) return {LineKind::event, "LOST EVENTS"};
        if (is_header(text)) return {LineKind::comment, {}};
        at = find_time(line, record);
        if (at == nullptr) return {};
    }
    const std::string_view name = event_name(at, end);
    if (name.empty()) return {};
    ++at;
    const std::string_view fields{at, static_cast<std::size_t>(end - at)};
    LineRead read{LineKind::event, name};
    switch (read_fields(name, fields, record.event)) {
        case FieldsRead::complete:
            break;
        case FieldsRead::broken:
            read.kind = LineKind::broken;
            return read;
        case FieldsRead::unknown:
            read.kind = std::ranges::all_of(name, is_word) ? LineKind::other : LineKind::broken;
            return read;
    }
    if (auto* commit = std::get_if<PcpCommit>(&record.event); commit && !commit->page) {
        translate_page(commit->page_struct.value, structs, *commit);
    }
    return read;
}

/// Behind the time of a line that begins as one of the last did, or null. If a blank follows it,
/// find_time() would find the same one: how it reads what comes before depends on that alone.
const char* LineReader::known_start(std::string_view line, Record& record) {
    const char* const end = line.data() + line.size();
    for (std::size_t i = 0; i < starts_.size(); ++i) {
        const Start& start = starts_[i];
        if (start.text.empty() || !line.starts_with(start.text)) continue;
        const char* behind = read_time(line.data() + start.text.size(), end, record.time);
        if (behind == nullptr || behind == end || *behind != ' ') continue;
        record.actor = start.actor;
        latest_ = i;
        return behind;
    }
    return nullptr;
}

/// Behind the time, or null. A thread's name may hold anything, even "[1]": the place is what a
/// time follows.
const char* LineReader::find_time(std::string_view line, Record& record) {
    const char* const end = line.data() + line.size();
    const char* const begin = skip_blanks(line.data(), end);
    for (const char* from = begin;; ++from) {
        from =
            static_cast<const char*>(std::memchr(from, '[', static_cast<std::size_t>(end - from)));
        if (from == nullptr) return nullptr;
        const char* time = read_actor(begin, from, end, record.actor);
        const char* behind = time == nullptr ? nullptr : read_time(time, end, record.time);
        if (behind == nullptr) continue;
        if (*begin == 'C') return behind;  // another one may be a header, as its end tells
        latest_ = 1 - latest_;
        starts_[latest_].text.assign(line.data(), time);
        starts_[latest_].actor = record.actor;
        return behind;
    }
}

}  // namespace pcpsim
