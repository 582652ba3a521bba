#include "analysis/replay/percpu_boot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

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
            geometry_.groups.emplace_back();
        } else if (kind == '-') {
            ++geometry_.nr_units;  // spare
        } else if (kind >= '0' && kind <= '9') {
            const std::int64_t cpu = number(word);
            if (cpu >= CpuSet::limit) wrong("a CPU", word);
            if (geometry_.groups.empty()) geometry_.groups.emplace_back();
            geometry_.groups.back().push_back(CpuId{static_cast<std::uint32_t>(cpu)});
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
        throw ScenarioError{fmt::format("{}: {}: expected {}, got {}", file_,
                                        quote(std::string{line_}), expected,
                                        quote(std::string{got}))};
    }

    const std::string& file_;
    std::string_view line_;
    PercpuGeometry geometry_{};
};

}  // namespace

PercpuGeometry percpu_geometry_of(const std::vector<std::string>& boot_lines,
                                  const std::string& boot_file, const PercpuSnapshots& snapshots,
                                  std::size_t cpus) {
    Layout layout{boot_file};
    for (const std::string& line : boot_lines)
        if (line.starts_with(prefix)) layout.read(line);
    PercpuGeometry geometry = layout.geometry();
    if (snapshots.snapshots.empty())
        throw ScenarioError{snapshots.file + ": expected a section labpcpu.NAME, got none"};
    const PercpuSnapshot& snapshot = snapshots.snapshots.front();
    if (geometry.nr_units == 0) {  // no boot lines
        geometry.nr_units = snapshot.nr_units;
        geometry.nr_cpus = static_cast<std::int64_t>(cpus);
    }
    if (geometry.nr_units != snapshot.nr_units)
        throw ScenarioError{fmt::format("{}:{}: expected {} units as {} says, got {}",
                                        snapshots.file, snapshot.line, geometry.nr_units, boot_file,
                                        snapshot.nr_units)};
    if (geometry.nr_units < static_cast<std::int64_t>(cpus))
        throw ScenarioError{fmt::format("{}: expected a unit for each of {} CPUs, got {} units",
                                        boot_file, cpus, geometry.nr_units)};
    if (geometry.unit_size == Bytes{0})
        geometry.unit_size = Bytes{4096} * snapshot.unit_pages.count();
    geometry.page_size = geometry.unit_size / snapshot.unit_pages.count();
    const auto pages = static_cast<std::uint64_t>(geometry.page_size.count());
    if (geometry.page_size * snapshot.unit_pages.count() != geometry.unit_size ||
        (pages & (pages - 1)) != 0 || pages < 1024)
        throw ScenarioError{fmt::format(
            "{}:{}: expected units of {} as {} says, got {} pages", snapshots.file, snapshot.line,
            to_string(geometry.unit_size), boot_file, snapshot.unit_pages.count())};
    return geometry;
}

}  // namespace pcpsim
