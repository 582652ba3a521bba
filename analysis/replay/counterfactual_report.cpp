#include "analysis/replay/counterfactual_report.hpp"

#include <fmt/format.h>

#include "analysis/table.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

struct CountPair {
    std::string name;
    std::int64_t recorded, counted;
    bool is_level = false;  ///< one of a series, of which only changes are shown
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

std::int64_t kilobytes(Bytes bytes) { return bytes.count() / 1024; }

std::vector<CountPair> rows_of(const PercpuAnswer& percpu) {
    const PercpuCounts& recorded = percpu.recorded;
    const PercpuCounts& other = percpu.counts;
    std::vector<CountPair> rows{
        {"chunks created", recorded.created, other.created},
        {"chunks destroyed", recorded.destroyed, other.destroyed},
        {"percpu pages populated", recorded.populated.count(), other.populated.count()},
        {"percpu pages depopulated", recorded.depopulated.count(), other.depopulated.count()},
        {"balance worker runs", recorded.worker_runs, other.worker_runs},
        {"TLB flushes", recorded.tlb_flushes, other.tlb_flushes},
        {"kB at most", kilobytes(recorded.most), kilobytes(other.most)}};
    for (const PercpuAtMark& at : percpu.marks)
        rows.push_back({"kB at " + at.mark, kilobytes(at.recorded), kilobytes(at.otherwise), true});
    return rows;
}

std::vector<CountPair> rows_of(const CounterfactualReport& report) {
    std::vector<CountPair> rows = rows_of(report.recorded, report.counts);
    if (report.percpu)
        for (CountPair& row : rows_of(*report.percpu)) rows.push_back(std::move(row));
    return rows;
}

/// Of a recording without pcplists the way to drain says nothing.
std::string title(const CounterfactualReport& report) {
    std::string text = report.era;
    if (report.allocations + report.frees > 0) text += ", " + report.strategy;
    if (report.percpu)
        text += fmt::format(", {}, {} CPUs", report.percpu->depopulation,
                            report.percpu->geometry.nr_cpus);
    for (const std::string& setting : report.settings) text += ", " + setting;
    return text;
}

}  // namespace

std::string to_text(const CounterfactualReport& report) {
    std::string text = fmt::format(
        "{}: the requests of kernel {}, {} allocations and {} frees, answered otherwise\n\n",
        report.replay.recording,
        report.replay.release.empty() ? report.replay.era : report.replay.release,
        report.allocations + (report.percpu ? report.percpu->counts.allocations : 0),
        report.frees + (report.percpu ? report.percpu->counts.frees : 0));
    std::vector<std::vector<std::string>> lines{{"", "recorded", title(report)}};
    const CountPair* before = nullptr;
    const std::vector<CountPair> rows = rows_of(report);
    for (const CountPair& row : rows) {
        const bool stays = row.is_level && before != nullptr && before->is_level &&
                           before->recorded == row.recorded && before->counted == row.counted;
        before = &row;
        if ((row.recorded == 0 && row.counted == 0) || stays) continue;
        lines.push_back({row.name, std::to_string(row.recorded), std::to_string(row.counted)});
    }
    text += to_text(lines, "<>>") + "\n";
    if (report.percpu && report.percpu->counts.failed > 0)
        text += fmt::format("{} percpu requests found no area\n", report.percpu->counts.failed);
    if (report.failed > 0) text += fmt::format("{} requests found no page left\n", report.failed);
    if (const Checks& checks = report.replay.result.checks; checks.mismatched() > 0)
        text += fmt::format(
            "The recording is not understood: {} of {} predictions of what its own kernel did are "
            "wrong.\n",
            checks.mismatched(), checks.checked());
    if (report.percpu)
        text +=
            fmt::format("Units of {}, {} of them.\n", to_string(report.percpu->geometry.unit_size),
                        report.percpu->geometry.nr_units);
    return text +
           "Counted from where a list is known. Times are left out: how long the threads would "
           "have "
           "computed\nbetween their requests is not recorded, nor what they would have asked for "
           "had they waited less.\n";
}

std::string to_json(const CounterfactualReport& report) {
    std::vector<std::string> settings, counts;
    for (const std::string& setting : report.settings) settings.push_back(quote(setting));
    for (const CountPair& pair : rows_of(report)) {
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
