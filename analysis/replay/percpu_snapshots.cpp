#include "analysis/replay/percpu_snapshots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "analysis/replay/text_file.hpp"
#include "models/config/errors.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

/// A unit of 8 MiB full of areas of 4 bytes.
constexpr std::size_t longest_map_line = std::size_t{1} << 25;
constexpr std::size_t most_chunks = 1 << 16;
constexpr std::int64_t most_pages = 1 << 16;  ///< of a unit
constexpr std::int64_t most_units = 1 << 16;
constexpr std::int64_t most_bytes = std::int64_t{1} << 32;

bool read_number(std::string_view text, std::int64_t& value, int base = 10) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return error == std::errc{} && end == text.data() + text.size() && value >= 0;
}

bool read_address(std::string_view text, trace::Address& address) {
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), address.value, 16);
    return error == std::errc{} && end == text.data() + text.size();
}

/// What is up to the separator, which is skipped; or the rest.
std::string_view take_until(std::string_view& text, char separator) {
    const std::size_t end = std::min(text.find(separator), text.size());
    const std::string_view front = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return front;
}

class Reader {
public:
    explicit Reader(const std::string& path) : file_{path, longest_map_line} {
        result_.file = path;
    }

    PercpuSnapshots read() {
        for (std::string_view line; file_.next(line);) {
            if (line.ends_with('\r')) line.remove_suffix(1);
            if (line.starts_with("### "))
                begin(line.substr(4));
            else if (line.starts_with("nr_slots "))
                read_counters(line);
            else if (line.starts_with("chunk "))
                read_chunk(line.substr(6));
            else if (!line.empty())
                wrong("a section, the counters of a snapshot or a chunk", line);
        }
        if (!file_.damage().empty() || file_.left_out() > 0)
            wrong("whole lines to its end",
                  file_.damage().empty() ? "a line that is cut or too long" : file_.damage());
        return std::move(result_);
    }

private:
    [[noreturn]] void wrong(std::string_view expected, std::string_view got) const {
        constexpr std::size_t most_shown = 60;
        throw ScenarioError{fmt::format("{}:{}: expected {}, got {}", file_.path(), file_.lines(),
                                        expected, quote(std::string{got.substr(0, most_shown)}))};
    }

    void begin(std::string_view title) {
        in_map_ = title.starts_with("labpcpumap.");
        if (!in_map_ && !title.starts_with("labpcpu."))
            wrong("\"### labpcpu.NAME\" or \"### labpcpumap.NAME\"", title);
        const std::string name{title.substr(title.find('.') + 1)};
        if (in_map_) {
            result_.maps.push_back({name, file_.lines(), {}});
        } else {
            PercpuSnapshot& snapshot = result_.snapshots.emplace_back();
            snapshot.name = name;
            snapshot.line = file_.lines();
        }
        in_section_ = true;
    }

    std::int64_t number(std::string_view what, std::string_view text, std::int64_t most) const {
        std::int64_t value = 0;
        if (!read_number(text, value) || value > most)
            wrong(fmt::format("{} from 0 to {}", what, most), text);
        return value;
    }

    /// "nr_slots 21 nr_populated 65 nr_units 4 unit_pages 128 nr_empty_pop 3 ..."
    void read_counters(std::string_view line) {
        if (!in_section_ || in_map_) wrong("counters within a section labpcpu.NAME", line);
        PercpuSnapshot& snapshot = result_.snapshots.back();
        for (std::string_view words = line; !words.empty();) {
            const std::string_view key = take_until(words, ' ');
            const std::string_view text = take_until(words, ' ');
            // A count of empty pages may be below 0 while an area is being populated.
            if (key == "nr_slots")
                snapshot.nr_slots = static_cast<int>(number(key, text, 64));
            else if (key == "nr_populated")
                snapshot.nr_populated = Pages{number(key, text, most_bytes)};
            else if (key == "nr_units")
                snapshot.nr_units = number(key, text, most_units);
            else if (key == "unit_pages")
                snapshot.unit_pages = Pages{number(key, text, most_pages)};
            else if (key == "nr_empty_pop")
                snapshot.empty[0] = Pages{number(key, text, most_bytes)};
            else if (key == "nr_empty_pop_memcg")
                snapshot.empty[1] = Pages{number(key, text, most_bytes)};
        }
        if (snapshot.nr_units == 0 || snapshot.unit_pages == Pages{0})
            wrong("\"... nr_units N unit_pages N ...\", 1 or more each", line);
    }

    void read_chunk(std::string_view words) {
        if (!in_section_) wrong("a section before the first chunk", words);
        if (in_map_)
            read_areas(words);
        else
            read_state(words);
    }

    /// "type=0 slot=8 base_addr=ffff88807da37000 base_hash=00000000dd3fdc79 free_bytes=1304 ..."
    void read_state(std::string_view words) {
        PercpuSnapshot& snapshot = result_.snapshots.back();
        if (snapshot.nr_units == 0) wrong("the counters before the first chunk", words);
        if (snapshot.chunks.size() == most_chunks) wrong("no more than 65536 chunks", words);
        RecordedChunk& chunk = snapshot.chunks.emplace_back();
        chunk.line = file_.lines();
        while (!words.empty()) {
            std::string_view text = take_until(words, ' ');
            const std::string_view key = take_until(text, '=');
            if (read_identity(key, text, chunk)) continue;
            if (key == "base_hash")
                read_base(text, chunk.hash);
            else if (key == "free_bytes")
                chunk.free_bytes = Bytes{number(key, text, most_bytes)};
            else if (key == "contig_bytes")
                chunk.contig_bytes = Bytes{number(key, text, most_bytes)};
            else if (key == "nr_pages")
                chunk.pages = Pages{number(key, text, most_pages)};
            else if (key == "nr_populated")
                chunk.populated = Pages{number(key, text, most_pages)};
            else if (key == "nr_empty_pop")
                chunk.empty = Pages{number(key, text, most_pages)};
            else if (key == "isolated")
                chunk.isolated = number(key, text, 1) != 0;
            else if (key == "first")
                chunk.first = number(key, text, 1) != 0;
            else if (key == "reserved")
                chunk.reserved = number(key, text, 1) != 0;
            else if (key == "start_offset")
                chunk.start_offset = Bytes{number(key, text, most_bytes)};
            else if (key == "end_offset")
                chunk.end_offset = Bytes{number(key, text, most_bytes)};
        }
        if (chunk.base == trace::Address{} || chunk.pages == Pages{0})
            wrong("\"... base_addr=HEX ... nr_pages=N ...\"", "a chunk without");
    }

    /// What both kinds of line begin with: "type=0 slot=8 base_addr=ffff88807da37000".
    template <class Chunk>
    bool read_identity(std::string_view key, std::string_view text, Chunk& chunk) const {
        if (key == "type")
            chunk.type = static_cast<PercpuType>(number(key, text, 1));
        else if (key == "slot")
            chunk.slot = static_cast<int>(number(key, text, 63));
        else if (key == "base_addr")
            read_base(text, chunk.base);
        else
            return false;
        return true;
    }

    void read_base(std::string_view text, trace::Address& address) const {
        if (!read_address(text, address)) wrong("an address", text);
    }

    /// "type=0 slot=8 base_addr=ffff88807da37000 pop=0-7, allocs=0:32,32:32,"
    void read_areas(std::string_view words) {
        PercpuMap& map = result_.maps.back();
        if (map.chunks.size() == most_chunks) wrong("no more than 65536 chunks", words);
        RecordedAreas& chunk = map.chunks.emplace_back();
        chunk.line = file_.lines();
        while (!words.empty()) {
            std::string_view text = take_until(words, ' ');
            const std::string_view key = take_until(text, '=');
            if (read_identity(key, text, chunk)) continue;
            if (key == "pop")
                read_pairs(text, '-', most_pages, [&](std::int64_t start, std::int64_t end) {
                    chunk.populated.push_back({Pages{start}, Pages{end}});
                });
            else if (key == "allocs")
                read_pairs(text, ':', most_bytes, [&](std::int64_t offset, std::int64_t size) {
                    chunk.areas.push_back({Bytes{offset}, Bytes{size}});
                });
        }
        if (chunk.base == trace::Address{}) wrong("\"... base_addr=HEX ...\"", "a chunk without");
    }

    template <class Use>
    void read_pairs(std::string_view text, char between, std::int64_t most, Use use) const {
        while (!text.empty()) {
            std::string_view pair = take_until(text, ',');
            const std::string_view whole = pair;
            std::int64_t first = 0, second = 0;
            if (!read_number(take_until(pair, between), first) || !read_number(pair, second) ||
                first > most || second > most)
                wrong(fmt::format("a list \"N{}N,...\"", between), whole);
            use(first, second);
        }
    }

    TextFile file_;
    PercpuSnapshots result_;
    bool in_section_ = false, in_map_ = false;
};

template <class Section>
const Section* find_in(const std::vector<Section>& sections, std::string_view name) {
    const auto found = std::ranges::find(sections, name, &Section::name);
    return found == sections.end() ? nullptr : &*found;
}

}  // namespace

const PercpuSnapshot* PercpuSnapshots::find(std::string_view name) const {
    return find_in(snapshots, name);
}

const PercpuMap* PercpuSnapshots::find_map(std::string_view name) const {
    return find_in(maps, name);
}

PercpuSnapshots read_percpu_snapshots(const std::string& path) { return Reader{path}.read(); }

}  // namespace pcpsim
