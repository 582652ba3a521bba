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

constexpr Time seconds(std::uint64_t count) {
    return Time{Duration{static_cast<std::int64_t>(count) * 1'000'000'000'000}};
}

/// "310054:". Behind the colon, or null.
inline const char* read_fraction(const char* at, const char* end, Time whole, Time& time) {
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
    const Number fraction = number_at(at, end);
    if (fraction.behind == nullptr || fraction.behind == end || *fraction.behind != ':')
        return nullptr;
    const auto digits = static_cast<std::size_t>(fraction.behind - at);
    if (digits >= units.size()) return nullptr;
    time = whole + Duration{static_cast<std::int64_t>(fraction.value) * units[digits]};
    return fraction.behind + 1;
}

/// "17.310054:" or, of a clock that counts, "17310054:". Behind the colon, or null.
const char* read_time(const char* at, const char* end, Time& time) {
    const Number whole = number_at(at, end);
    at = whole.behind;
    if (at == nullptr || at == end || whole.value >= std::uint64_t{1} << 62) return nullptr;
    if (*at == ':') {
        time = Time{Duration{static_cast<std::int64_t>(whole.value)}};
        return at + 1;
    }
    if (*at != '.' || whole.value > 9'000'000) return nullptr;
    return read_fraction(at + 1, end, seconds(whole.value), time);
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

/// Whether a colon before this place ends the name of an event.
bool ends_name(const char* behind, const char* end) { return behind == end || !is_word(*behind); }

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

/// Behind the time of a line that begins as one of the last did, or null. If a blank follows it,
/// find_time() would find the same one: how it reads what comes before depends on that alone.
inline const char* LineReader::known_start(std::string_view line, Record& record) {
    const char* const end = line.data() + line.size();
    const auto* start = starts_.find(line.data(), end);
    if (start == nullptr) return nullptr;
    const char* behind =
        read_fraction(line.data() + start->text.size(), end, start->meaning.seconds, record.time);
    if (behind == nullptr || behind == end || *behind != ' ') return nullptr;
    record.actor = start->meaning.actor;
    return behind;
}

/// If it follows the time as in one of the last lines, or null.
inline const LineReader::Name* LineReader::known_name(const char* at, const char* end) {
    const auto* known = names_.find(at, end);
    if (known == nullptr) return nullptr;
    const char* behind = at + known->text.size();
    return behind == end || *behind == ' ' ? &known->meaning : nullptr;
}

LineRead LineReader::read(std::string_view line, const PageStructs& structs, Record& record) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const char* const end = line.data() + line.size();
    LineRead read;
    const char* at = known_start(line, record);
    if (at == nullptr) at = new_start(line, record, read);
    if (at == nullptr) return read;
    const Name* name = known_name(at, end);
    if (name == nullptr) name = new_name(at, end);
    if (name == nullptr) return read;
    read.name = {at + name->begin, at + name->end};
    switch (name->reader(Fields{at + name->end + 1, end}, record.event)) {
        case FieldsRead::complete:
            read.kind = LineKind::event;
            break;
        case FieldsRead::broken:
            return read;
        case FieldsRead::unknown:
            if (std::ranges::all_of(read.name, is_word)) read.kind = LineKind::other;
            return read;
    }
    if (auto* commit = std::get_if<PcpCommit>(&record.event); commit && !commit->page)
        translate_page(commit->page_struct.value, structs, *commit);
    return read;
}

/// Behind the time; or null, and what else it is.
const char* LineReader::new_start(std::string_view line, Record& record, LineRead& read) {
    const char* const end = line.data() + line.size();
    const std::string_view text{skip_blanks(line.data(), end), end};
    const bool may_tell_of_loss = !text.empty() && (text[0] == 'C' || text[0] == '#');
    if (may_tell_of_loss && read_loss(text, record))
        read = {LineKind::event, "LOST EVENTS"};
    else if (is_header(text))
        read.kind = LineKind::comment;
    else
        return find_time(line, record);
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
        const char* point = std::find(time, behind, '.');
        // A line with a C may be a header, as its end tells.
        if (*begin != 'C' && point != behind)
            starts_.add({line.data(), point + 1},
                        {record.actor, seconds(number_at(time, point).value)});
        return behind;
    }
}

/// What precedes the first colon with no word right behind it, without the group; or null.
const LineReader::Name* LineReader::new_name(const char* at, const char* end) {
    const char* name = skip_blanks(at, end);
    const char* colon = name;
    for (;; name = colon + 1) {
        colon =
            static_cast<const char*>(std::memchr(name, ':', static_cast<std::size_t>(end - name)));
        if (colon == nullptr) return nullptr;
        if (ends_name(colon + 1, end)) break;
    }
    if (name == colon) return nullptr;
    const auto place = [at](const char* c) { return static_cast<std::size_t>(c - at); };
    return &names_.add({at, colon + 1}, {place(name), place(colon), reader_of({name, colon})})
                .meaning;
}

}  // namespace pcpsim
