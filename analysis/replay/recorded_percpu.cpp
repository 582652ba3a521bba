#include "analysis/replay/recorded_percpu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <stdexcept>

#include "models/config/errors.hpp"
#include "models/config/text.hpp"
#include "models/machine/cpu_set.hpp"

namespace pcpsim {
namespace {

constexpr std::string_view prefix = "pcpu-alloc: ";

class Layout {
public:
    explicit Layout(const std::string& file) : file_{file} {}

    void read(std::string_view line) {
        line_ = line;
        line.remove_prefix(prefix.size());
        while (!line.empty()) {
            const std::size_t end = std::min(line.find(' '), line.size());
            if (end > 0) read_word(line.substr(0, end));
            line.remove_prefix(std::min(end + 1, line.size()));
        }
    }
    [[nodiscard]] PercpuGeometry geometry() const {
        PercpuGeometry geometry = geometry_;
        std::erase_if(geometry.groups, [](const auto& group) { return group.empty(); });
        return geometry;
    }

private:
    void read_word(std::string_view word) {
        const char kind = word[0];
        if (kind == '[') {
            begin_group(word.substr(1, word.find(']') - 1));
        } else if (kind == '-') {
            ++geometry_.nr_units;  // spare
        } else if (kind >= '0' && kind <= '9') {
            const std::int64_t cpu = number(word);
            if (cpu >= CpuSet::limit)
                wrong(fmt::format("a CPU from 0 to {}", CpuSet::limit - 1), word);
            const CpuId id{static_cast<std::uint32_t>(cpu)};
            if (seen_.contains(id)) wrong("each CPU once", word);
            seen_.insert(id);
            if (group_ >= geometry_.groups.size()) geometry_.groups.resize(group_ + 1);
            geometry_.groups[group_].push_back(id);
            ++geometry_.nr_units;
            ++geometry_.nr_cpus;
        } else if (kind == 's') {
            geometry_.static_size = Bytes{number(word.substr(1))};
        } else if (kind == 'r') {
            geometry_.reserved_size = Bytes{number(word.substr(1))};
        } else if (kind == 'd') {
            geometry_.dynamic_size = Bytes{number(word.substr(1))};
        } else if (kind == 'u') {
            geometry_.unit_size = Bytes{number(word.substr(1))};
        } else if (word.starts_with("alloc=")) {
            // N atoms of this size each: what matters is how many units share one.
            geometry_.atom_size = Bytes{number(word.substr(word.find('*') + 1))};
        }
    }

    /// "[1] 08 09 ...": a group takes several blocks of units, each of which begins so.
    void begin_group(std::string_view digits) {
        const std::int64_t group = number(digits);
        if (group >= CpuSet::limit) wrong("a group", digits);
        group_ = static_cast<std::size_t>(group);
    }

    [[nodiscard]] std::int64_t number(std::string_view digits) const {
        constexpr std::int64_t most = std::int64_t{1} << 40;
        std::int64_t value = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size() || value < 0 ||
            value > most)
            wrong("a number", digits);
        return value;
    }
    [[noreturn]] void wrong(std::string_view expected, std::string_view got) const {
        throw ScenarioError{fmt::format("{}: {}: expected {}, got {}", file_, quote(echo(line_)),
                                        expected, quote(echo(got)))};
    }

    const std::string& file_;
    std::string_view line_;
    PercpuGeometry geometry_{};
    CpuSet seen_;
    std::size_t group_ = 0;
};

}  // namespace

RecordedPercpu read_recorded_percpu(const std::string& chunks_file, const RecordedKernel& kernel,
                                    const PercpuRules& rules) {
    PercpuSnapshots snapshots = read_percpu_snapshots(chunks_file);
    const PercpuGeometry geometry = percpu_geometry_of(kernel, snapshots);
    return {geometry, rules, std::move(snapshots)};
}

PercpuGeometry percpu_geometry_of(const RecordedKernel& kernel, const PercpuSnapshots& snapshots) {
    Layout layout{kernel.file};
    for (const std::string& line : kernel.boot_lines)
        if (line.starts_with(prefix)) layout.read(line);
    PercpuGeometry geometry = layout.geometry();
    if (snapshots.snapshots.empty())
        throw ScenarioError{snapshots.file + ": expected a section labpcpu.NAME, got none"};
    const PercpuSnapshot& snapshot = snapshots.snapshots.front();
    const auto refuse = [&](const std::string& expected, const std::string& got) {
        throw ScenarioError{fmt::format("{}:{}: expected {} as {} says, got {}", snapshots.file,
                                        snapshot.line, expected, kernel.file, got)};
    };
    const auto cpus = static_cast<std::int64_t>(kernel.cpus);
    if (geometry.nr_cpus < cpus && geometry.nr_units < snapshot.nr_units) {
        // Its lines are missing, or some of them.
        geometry.nr_units = snapshot.nr_units;
        geometry.nr_cpus = cpus;
        geometry.groups.clear();
    }
    if (geometry.nr_units < cpus)
        throw ScenarioError{fmt::format("{}: expected a percpu unit for each of {} CPUs, got {}",
                                        kernel.file, cpus, geometry.nr_units)};
    if (geometry.nr_units != snapshot.nr_units)
        refuse(fmt::format("{} units", geometry.nr_units), std::to_string(snapshot.nr_units));
    const std::int64_t pages = snapshot.unit_pages.count();
    if (geometry.unit_size == Bytes{0}) geometry.unit_size = Bytes{4096} * pages;
    geometry.page_size = geometry.unit_size / pages;
    if (geometry.page_size * pages != geometry.unit_size || geometry.page_size < Bytes{1024} ||
        geometry.page_size > Bytes{1 << 20} ||
        !std::has_single_bit(static_cast<std::uint64_t>(geometry.page_size.count())))
        refuse("units of " + to_string(geometry.unit_size), fmt::format("{} pages", pages));
    if (geometry.first_unit_pages() == Pages{0}) {
        // What no other chunk has is the first one's, its static part included.
        Pages first = snapshot.nr_populated;
        for (const RecordedChunk& chunk : snapshot.chunks)
            if (!chunk.first) first -= chunk.populated;
        geometry.dynamic_size = geometry.page_size * first.count();
    }
    return geometry;
}

PercpuGeometry percpu_geometry_for(const PercpuGeometry& recorded, std::int64_t cpus) {
    const std::size_t nodes = std::max<std::size_t>(recorded.groups.size(), 1);
    if (cpus < 1 || cpus > CpuSet::limit)
        throw ScenarioError{fmt::format("--cpus: expected 1 to {}, got {}", CpuSet::limit, cpus)};
    PercpuLayout layout{recorded.page_size,    recorded.static_size, recorded.reserved_size,
                        recorded.dynamic_size, recorded.atom_size,   {}};
    const auto per_node = (static_cast<std::size_t>(cpus) + nodes - 1) / nodes;
    for (std::size_t cpu = 0; cpu < static_cast<std::size_t>(cpus); ++cpu) {
        if (cpu % per_node == 0) layout.groups.emplace_back();
        layout.groups.back().push_back(CpuId{cpu});
    }
    try {
        return make_percpu_geometry(layout);
    } catch (const std::invalid_argument& error) {
        throw ScenarioError{std::string{"--cpus: "} + error.what()};
    }
}

}  // namespace pcpsim
