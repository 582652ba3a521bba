#include "analysis/import/zoneinfo_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/indented.hpp"
#include "analysis/table.hpp"
#include "models/config/errors.hpp"
#include "models/config/json.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

/// "63", or "63-814" where CPUs differ, or "-".
struct Extent {
    std::optional<std::int64_t> least = {}, most = {};

    void add(std::optional<std::int32_t> value) {
        if (!value) return;
        least = std::min<std::int64_t>(least.value_or(*value), *value);
        most = std::max<std::int64_t>(most.value_or(*value), *value);
    }
    [[nodiscard]] std::string text() const {
        if (!least) return "-";
        return least == most ? std::to_string(*least) : fmt::format("{}-{}", *least, *most);
    }
};

struct ZoneLists {
    Extent batch, high;
    std::map<CpuId, std::int64_t> counts;
};

std::vector<ZoneLists> lists_by_zone(const RecordedKernel& kernel) {
    std::vector<ZoneLists> all(kernel.zones.size());
    for (const RecordedPageset& pageset : kernel.pagesets) {
        ZoneLists& lists = all[pageset.zone];
        lists.batch.add(pageset.fields.batch);
        lists.high.add(pageset.fields.high);
        lists.counts[pageset.cpu] = pageset.fields.count;
    }
    return all;
}

std::string text_of(const std::optional<Pages>& pages) {
    return pages ? std::to_string(pages->count()) : "-";
}

std::string zone_table(const RecordedKernel& kernel, const std::vector<ZoneLists>& lists) {
    std::vector<std::vector<std::string>> lines{{"node", "zone", "start_pfn", "spanned", "present",
                                                 "managed", "free", "min", "low", "high", "batch",
                                                 "pcp high", "on lists"}};
    for (std::size_t i = 0; i < kernel.zones.size(); ++i) {
        const RecordedZone& zone = kernel.zones[i];
        std::int64_t on_lists = 0;
        for (const auto& [cpu, count] : lists[i].counts) on_lists += count;
        lines.push_back({std::to_string(zone.node.number()), echo(zone.name),
                         std::to_string(zone.start.number()), text_of(zone.spanned),
                         text_of(zone.present), text_of(zone.managed), text_of(zone.free),
                         text_of(zone.min), text_of(zone.low), text_of(zone.high),
                         lists[i].batch.text(), lists[i].high.text(), std::to_string(on_lists)});
    }
    return to_text(lines, "><");
}

std::string count_table(const RecordedKernel& kernel, const std::vector<ZoneLists>& lists) {
    std::vector<std::vector<std::string>> lines{{"count"}};
    for (const RecordedZone& zone : kernel.zones)
        lines.front().push_back(fmt::format("node{}/{}", zone.node.number(), echo(zone.name)));
    for (std::size_t number = 0; number < kernel.cpus; ++number) {
        std::vector<std::string> line{fmt::format("cpu{}", number)};
        for (const ZoneLists& zone : lists) {
            const auto count = zone.counts.find(CpuId{number});
            line.push_back(count == zone.counts.end() ? "-" : std::to_string(count->second));
        }
        if (std::any_of(line.begin() + 1, line.end(),
                        [](const std::string& cell) { return cell != "-"; }))
            lines.push_back(std::move(line));
    }
    return to_text(lines, "<");
}

/// The limits of the largest zone: what a scenario can say of all lists.
std::string pcp_json(const RecordedKernel& kernel, const std::vector<ZoneLists>& lists) {
    const auto largest = std::max_element(
        kernel.zones.begin(), kernel.zones.end(),
        [](const RecordedZone& a, const RecordedZone& b) { return a.spanned < b.spanned; });
    const ZoneLists& zone = lists[static_cast<std::size_t>(largest - kernel.zones.begin())];
    const auto number = [](const std::optional<std::int64_t>& limit) {
        return limit ? std::to_string(*limit) : "null";
    };
    return fmt::format(R"({{"batch":{},"high":{}}})", number(zone.batch.most),
                       number(zone.high.most));
}

std::string zone_json(const RecordedZone& zone, const ZoneLists& lists) {
    const auto number = [](const std::optional<Pages>& pages) {
        return pages ? std::to_string(pages->count()) : "null";
    };
    const auto both = [](const Extent& extent) {
        return extent.least ? fmt::format("[{},{}]", *extent.least, *extent.most) : "null";
    };
    std::string counts;
    for (const auto& [cpu, count] : lists.counts)
        counts += fmt::format(R"({}"{}":{})", counts.empty() ? "" : ",", cpu.number(), count);
    return fmt::format(
        R"({{"node":{},"zone":{},"start_pfn":{},"spanned":{},"present":{},"managed":{},"free":{},)"
        R"("min":{},"low":{},"high":{},"pcp_batch":{},"pcp_high":{},"counts":{{{}}}}})",
        zone.node.number(), quote(echo(zone.name)), zone.start.number(), number(zone.spanned),
        number(zone.present), number(zone.managed), number(zone.free), number(zone.min),
        number(zone.low), number(zone.high), both(lists.batch), both(lists.high), counts);
}

}  // namespace

std::string zoneinfo_text(const RecordedKernel& kernel) {
    const std::vector<ZoneLists> lists = lists_by_zone(kernel);
    return fmt::format("{}\n{}\nFor a scenario, the limits of the largest zone: \"pcp\": {}\n",
                       zone_table(kernel, lists), count_table(kernel, lists),
                       pcp_json(kernel, lists));
}

std::string zoneinfo_json(const RecordedKernel& kernel) {
    const std::vector<ZoneLists> lists = lists_by_zone(kernel);
    std::string zones;
    for (std::size_t i = 0; i < kernel.zones.size(); ++i)
        zones += (i == 0 ? "" : ",") + zone_json(kernel.zones[i], lists[i]);
    Errors errors;
    return indented(parse_json(Source{"zoneinfo", fmt::format(R"({{"pcp":{},"zones":[{}]}})",
                                                              pcp_json(kernel, lists), zones)},
                               errors));
}

void take_memory(FoundMachine& found, const RecordedKernel& kernel) {
    std::map<std::uint32_t, Pages> present;
    for (const RecordedZone& zone : kernel.zones)
        present[zone.node.number()] += zone.present.value_or(zone.spanned);
    const Bytes page = found.page_size.value_or(4_KiB);
    for (FoundNode& node : found.nodes) {
        const auto pages = present.extract(node.node);
        node.memory = page * (pages.empty() ? 0 : pages.mapped().count());
    }
    for (const auto& [node, pages] : present) {
        if (!found.distances.empty())
            throw ScenarioError{
                fmt::format("{}: expected memory of the nodes of the topology, got "
                            "node {}, which it does not have",
                            kernel.file, node)};
        found.nodes.push_back({node, page * pages.count()});
    }
    std::sort(found.nodes.begin(), found.nodes.end(),
              [](const FoundNode& a, const FoundNode& b) { return a.node < b.node; });
    found.remarks.push_back("memory by " + echo(kernel.file));
}

}  // namespace pcpsim
