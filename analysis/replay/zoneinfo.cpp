// /proc/zoneinfo as kernels 5.10 to 6.12 print it:
//
//   Node 0, zone    DMA32
//     pages free     466254
//           spanned  520160
//     pagesets
//       cpu: 0
//                 count: 303
//                 high:  378
//     start_pfn:           4096
#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>

#include "analysis/replay/recorded_kernel.hpp"
#include "models/config/errors.hpp"
#include "models/config/text.hpp"
#include "models/machine/cpu_set.hpp"

namespace pcpsim {
namespace {

// MAX_NUMNODES of large configurations, with four zones each.
constexpr std::size_t zone_limit = 4096;

/// "name value" or "name: value", and "pages free value"; the value is -1 if it is no number.
struct Entry {
    std::string_view name;
    std::int64_t value = -1;
};

Entry entry_of(std::string_view line) {
    const std::size_t begin =
        line.starts_with("  pages free") ? 8 : std::min(line.find_first_not_of(' '), line.size());
    const std::size_t end = std::min(line.find_first_of(": ", begin), line.size());
    Entry entry{line.substr(begin, end - begin)};
    const std::size_t digits = line.find_first_not_of(": ", end);
    if (digits == std::string_view::npos) return entry;
    std::int64_t value = 0;
    const auto [stop, error] =
        std::from_chars(line.data() + digits, line.data() + line.size(), value);
    if (error == std::errc{}) entry.value = value;
    return entry;
}

class ZoneinfoReader {
public:
    ZoneinfoReader(const std::string& name, std::string_view text) : name_{name}, text_{text} {
        kernel_.file = name;
    }

    RecordedKernel read() {
        std::size_t number = 0;
        for (std::size_t begin = 0; begin < text_.size();) {
            const std::size_t end = std::min(text_.find('\n', begin), text_.size());
            std::string_view line = text_.substr(begin, end - begin);
            if (line.ends_with('\r')) line.remove_suffix(1);
            read_line(line, ++number);
            begin = end + 1;
        }
        finish_zone();
        sort_zones();
        if (kernel_.zones.empty() || kernel_.cpus == 0)
            throw ScenarioError{name_ +
                                ": expected zones with their pagesets, as /proc/zoneinfo "
                                "prints them, got none"};
        return std::move(kernel_);
    }

private:
    void read_line(std::string_view line, std::size_t number) {
        if (line.starts_with("Node ")) return begin_zone(line, number);
        const Entry entry = entry_of(line);
        if (entry.value < 0 || entry.value >= std::int64_t{1} << 40) return;
        if (entry.name == "spanned") zone_.spanned = Pages{entry.value};
        if (entry.name == "managed") zone_.managed = Pages{entry.value};
        if (entry.name == "present") zone_.present = Pages{entry.value};
        if (pagesets_.empty()) read_watermark(entry);
        if (entry.name == "start_pfn") zone_.start = Pfn{entry.value};
        if (entry.name == "cpu") add_pageset(entry.value);
        if (pagesets_.empty() || entry.value > std::numeric_limits<std::int32_t>::max()) return;
        trace::PcpFields& fields = pagesets_.back().fields;
        const auto value = static_cast<std::int32_t>(entry.value);
        if (entry.name == "count") fields.count = value;
        if (entry.name == "high") fields.high = value;
        if (entry.name == "high_min") fields.high_min = value;
        if (entry.name == "high_max") fields.high_max = value;
        if (entry.name == "batch") fields.batch = value;
    }

    void read_watermark(const Entry& entry) {
        if (entry.name == "free") zone_.free = Pages{entry.value};
        if (entry.name == "min") zone_.min = Pages{entry.value};
        if (entry.name == "low") zone_.low = Pages{entry.value};
        if (entry.name == "high") zone_.high = Pages{entry.value};
    }

    /// "Node 0, zone    DMA32"
    void begin_zone(std::string_view line, std::size_t number) {
        finish_zone();
        const std::size_t comma = line.find(", zone");
        std::uint32_t node = 0;
        const auto [end, error] = std::from_chars(line.data() + 5, line.data() + line.size(), node);
        if (comma == std::string_view::npos || error != std::errc{} || end != line.data() + comma ||
            node >= 1024)
            throw ScenarioError{name_ + ":" + std::to_string(number) +
                                ":1: expected \"Node N, zone NAME\", got " + echo(line)};
        const std::size_t name = line.find_first_not_of(' ', comma + 6);
        zone_.node = NodeId{node};
        zone_.name = name == std::string_view::npos ? "" : line.substr(name);
    }

    void add_pageset(std::int64_t cpu) {
        if (cpu >= CpuSet::limit) return;
        pagesets_.push_back({CpuId{static_cast<std::uint32_t>(cpu)}, 0, {}});
    }

    /// Zones without pages are left out.
    void finish_zone() {
        if (zone_.spanned > Pages{0}) {
            if (kernel_.zones.size() == zone_limit)
                throw ScenarioError{name_ + ": expected at most " + std::to_string(zone_limit) +
                                    " zones, got more"};
            if (zone_.managed > zone_.spanned) zone_.managed.reset();
            for (RecordedPageset& pageset : pagesets_) {
                pageset.zone = kernel_.zones.size();
                kernel_.cpus = std::max(kernel_.cpus, pageset.cpu.index() + 1);
                kernel_.pagesets.push_back(pageset);
            }
            kernel_.zones.push_back(zone_);
        }
        zone_ = {};
        pagesets_.clear();
    }

    void sort_zones() {
        std::vector<std::size_t> order(kernel_.zones.size()), place(order.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::ranges::stable_sort(order, {},
                                 [&](std::size_t zone) { return kernel_.zones[zone].start; });
        std::vector<RecordedZone> zones;
        for (const std::size_t zone : order) {
            place[zone] = zones.size();
            zones.push_back(std::move(kernel_.zones[zone]));
        }
        kernel_.zones = std::move(zones);
        for (RecordedPageset& pageset : kernel_.pagesets) pageset.zone = place[pageset.zone];
    }

    const std::string& name_;
    std::string_view text_;
    RecordedKernel kernel_;
    RecordedZone zone_;
    std::vector<RecordedPageset> pagesets_;
};

}  // namespace

RecordedKernel recorded_kernel_of_zoneinfo(const std::string& name, std::string_view text) {
    return ZoneinfoReader{name, text}.read();
}

}  // namespace pcpsim
