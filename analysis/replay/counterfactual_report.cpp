#include "analysis/replay/counterfactual_report.hpp"

#include <fmt/format.h>

#include "analysis/table.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

struct CountPair {
    const char* name;
    std::int64_t recorded, counted;
};

std::vector<CountPair> rows_of(const AllocatorCounts& recorded, const AllocatorCounts& other) {
    using Counts = const AllocatorCounts&;
    const auto row = [&](const char* name, auto value) {
        return CountPair{name, value(recorded), value(other)};
    };
    return {
        row("refills", [](Counts counts) { return counts.refills; }),
        row("pages refilled", [](Counts counts) { return counts.refilled.count(); }),
        row("spills", [](Counts counts) { return counts.spills; }),
        row("pages spilled", [](Counts counts) { return counts.spilled.count(); }),
        row("drains", [](Counts counts) { return counts.drains; }),
        row("drains that gave up", [](Counts counts) { return counts.gave_up; }),
        row("CPUs visited", [](Counts counts) { return counts.visited; }),
        row("CPUs left alone", [](Counts counts) { return counts.left_alone; }),
        row("work items", [](Counts counts) { return counts.work_items; }),
        row("interrupts", [](Counts counts) { return counts.interrupts; }),
        row("drain slices", [](Counts counts) { return counts.slices; }),
        row("pages drained", [](Counts counts) { return counts.drained.count(); }),
        row("pages given back by vmstat", [](Counts counts) { return counts.expired.count(); }),
        row("blocks past the lists", [](Counts counts) { return counts.past_lists; }),
        row("zone->lock acquisitions", [](Counts counts) { return counts.zone_locks(); }),
    };
}

std::string title(const CounterfactualReport& report) {
    std::string text = report.era + ", " + report.strategy;
    for (const std::string& setting : report.settings) text += ", " + setting;
    return text;
}

}  // namespace

std::string to_text(const CounterfactualReport& report) {
    std::string text = fmt::format(
        "{}: the requests of kernel {}, {} allocations and {} frees, answered otherwise\n\n",
        report.replay.recording,
        report.replay.release.empty() ? report.replay.era : report.replay.release,
        report.allocations, report.frees);
    std::vector<std::vector<std::string>> lines{{"", "recorded", title(report)}};
    for (const CountPair& row : rows_of(report.recorded, report.counts))
        if (row.recorded != 0 || row.counted != 0)
            lines.push_back({row.name, std::to_string(row.recorded), std::to_string(row.counted)});
    text += to_text(lines, "<>>") + "\n";
    if (report.failed > 0) text += fmt::format("{} requests found no page left\n", report.failed);
    if (const Checks& checks = report.replay.result.checks; checks.mismatched() > 0)
        text += fmt::format(
            "The recording is not understood: {} of {} predictions of what its own kernel did are "
            "wrong.\n",
            checks.mismatched(), checks.checked());
    return text +
           "Counted from where a list is known. Times are left out: how long the threads would "
           "have "
           "computed\nbetween their requests is not recorded, nor what they would have asked for "
           "had they waited less.\n";
}

std::string to_json(const CounterfactualReport& report) {
    std::vector<std::string> settings, counts;
    for (const std::string& setting : report.settings) settings.push_back(quote(setting));
    for (const CountPair& pair : rows_of(report.recorded, report.counts)) {
        std::string key;
        for (const char c : std::string_view{pair.name})
            if (c != '>') key += c == ' ' || c == '-' ? '_' : static_cast<char>(c | 0x20);
        counts.push_back(fmt::format(R"({}: {{"recorded": {}, "otherwise": {}}})", quote(key),
                                     pair.recorded, pair.counted));
    }
    return fmt::format(
        "{{\n"
        "  \"kernel\": {{\"release\": {}, \"era\": {}}},\n"
        "  \"otherwise\": {{\"era\": {}, \"strategy\": {}, \"set\": [{}]}},\n"
        "  \"requests\": {{\"allocations\": {}, \"frees\": {}, \"failed\": {}}},\n"
        "  \"counts\": {{\n    {}\n  }},\n"
        "  \"mismatched\": {}\n"
        "}}\n",
        quote(report.replay.release), quote(report.replay.era), quote(report.era),
        quote(report.strategy), join(settings), report.allocations, report.frees, report.failed,
        fmt::join(counts, ",\n    "), report.replay.result.checks.mismatched());
}

}  // namespace pcpsim
