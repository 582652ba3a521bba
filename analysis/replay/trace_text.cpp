#include "analysis/replay/trace_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>

#include "analysis/replay/numbers.hpp"
#include "analysis/replay/trace_fields.hpp"

namespace pcpsim {
namespace {

using namespace trace;

bool is_word(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

void skip_blanks(const char*& at, const char* end) {
    while (at != end && (*at == ' ' || *at == '\t')) ++at;
}

/// "17.310054:" or, of a clock that counts, "17310054:".
bool read_time(const char*& at, const char* end, Time& time) {
    std::uint64_t number = 0;
    if (!read_number(at, end, number) || at == end || number >= std::uint64_t{1} << 62)
        return false;
    const auto seconds = static_cast<std::int64_t>(number);
    if (*at == ':') {
        time = Time{Duration{seconds}};
        return ++at, true;
    }
    if (*at != '.' || seconds > 9'000'000) return false;
    constexpr std::array<std::int64_t, 13> units{1'000'000'000'000,
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
    const char* fraction = ++at;
    if (!read_number(at, end, number) || at - fraction >= std::ssize(units) || at == end ||
        *at != ':')
        return false;
    const std::int64_t picoseconds =
        static_cast<std::int64_t>(number) * units[static_cast<std::size_t>(at - fraction)];
    time = Time{Duration{seconds * 1'000'000'000'000 + picoseconds}};
    return ++at, true;
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

/// "[001]", and behind it perhaps flags, then the time. Moves behind the time's colon.
bool read_place(const char* begin, const char* bracket, const char* end, Record& record,
                const char*& behind) {
    const char* at = bracket + 1;
    std::uint64_t cpu = 0;
    if (bracket == begin || !read_number(at, end, cpu) || at == end || *at != ']' ||
        cpu > std::numeric_limits<std::uint32_t>::max())
        return false;
    ++at;
    skip_blanks(at, end);
    const char* word = at;
    while (at != end && *at != ' ') ++at;
    record.actor.context = '.';
    if (at != word && at[-1] != ':') {
        record.actor.context = context_of(word, at - word);
        skip_blanks(at, end);
    } else {
        at = word;
    }
    if (!read_time(at, end, record.time)) return false;
    record.actor.cpu = CpuId{static_cast<std::uint32_t>(cpu)};
    record.actor.pid = pid_before(begin, bracket);
    behind = at;
    return true;
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
    const std::size_t bracket = line.find(" [");
    if (!line.starts_with("CPU:") || bracket == std::string_view::npos) return false;
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
    skip_blanks(at, end);
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

LineRead read_line(std::string_view line, const PageStructs& structs, Record& record) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const char* begin = line.data();
    const char* end = begin + line.size();
    skip_blanks(begin, end);
    line.remove_prefix(static_cast<std::size_t>(begin - line.data()));
    const bool may_tell_of_loss = !line.empty() && (line[0] == 'C' || line[0] == '#');
    if (may_tell_of_loss && read_loss(line, record)) return {LineKind::event, "LOST EVENTS"};
    if (is_header(line)) return {LineKind::comment, {}};

    // A thread's name may hold anything, even "[1]": the place is what a time follows.
    const char* at = begin;
    for (const char* from = begin;;) {
        from =
            static_cast<const char*>(std::memchr(from, '[', static_cast<std::size_t>(end - from)));
        if (from == nullptr) return {};
        if (read_place(begin, from, end, record, at)) break;
        ++from;
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

}  // namespace pcpsim
