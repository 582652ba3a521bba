#include "analysis/replay/report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/table.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

std::string sentence(Unchecked reason) {
    constexpr std::array<const char*, unchecked_reasons> sentences{
        "before the list was first emptied",
        "the count is not recorded",
        "the pcp's tuning is not recorded",
        "what moved on or off the list is not recorded",
        "the list may have been used meanwhile",
        "another drain may just have begun or ended",
        "the recording ends before",
        "after a mismatch, until emptied again",
        "after lost events, until emptied again",
        "before the mark from where the chunks are recorded",
        "no state of the chunks is recorded",
        "in the reserved chunk, whose state is not recorded"};
    return sentences[static_cast<std::size_t>(reason)];
}

std::string unchecked_text(const Tally& tally) {
    std::string text;
    for (std::size_t i = 0; i < unchecked_reasons; ++i)
        if (tally.unchecked[i] > 0)
            text += fmt::format("{}{}, {}", text.empty() ? "" : "; ", tally.unchecked[i],
                                sentence(static_cast<Unchecked>(i)));
    return text.empty() ? "-" : text;
}

/// Whether the recording has anything to do with pcplists, or else with percpu chunks.
bool tells_of_lists(const ReplayReport& report) {
    return !report.percpu || std::ranges::any_of(all_checks, [&](Check check) {
        return !is_of_percpu(check) && report.result.checks.tally(check).sum() > 0;
    });
}
bool tells_of_percpu(const ReplayReport& report) {
    return report.percpu || report.result.percpu_events > 0;
}

std::string checks_text(const ReplayReport& report) {
    std::vector<std::vector<std::string>> lines{
        {"", "checked", "matched", "explained", "mismatched", "unchecked"}};
    for (const Check check : all_checks) {
        if (is_of_percpu(check) ? !tells_of_percpu(report) : !tells_of_lists(report)) continue;
        const Tally& tally = report.result.checks.tally(check);
        lines.push_back({title(check), std::to_string(tally.checked()),
                         std::to_string(tally.matched), std::to_string(tally.explained),
                         std::to_string(tally.mismatched), unchecked_text(tally)});
    }
    return to_text(lines, "<>>>><");
}

std::vector<std::string> traffic_line(const std::string& name, const TrafficPair& traffic) {
    return {name, std::to_string(traffic.recorded.events), std::to_string(traffic.predicted.events),
            std::to_string(traffic.recorded.pages.count()),
            std::to_string(traffic.predicted.pages.count())};
}

/// Only what lies behind the point from where the lists are known.
std::string traffic_text(const ReplayResult& result) {
    std::vector<std::vector<std::string>> lines{
        {"", "recorded", "predicted", "pages recorded", "pages predicted"}};
    for (std::size_t i = 0; i < result.refills.size(); ++i)
        if (result.refills[i].recorded.events > 0 || result.refills[i].predicted.events > 0)
            lines.push_back(traffic_line("refills, " + result.list_names[i], result.refills[i]));
    lines.push_back(traffic_line("spills", result.spills));
    return to_text(lines, "<>>>>");
}

std::string percpu_text(const PercpuResult& percpu) {
    const PercpuCounts& counts = percpu.counts;
    std::string text = fmt::format(
        "{} allocations and {} frees of percpu memory; {} runs of the balance worker\n"
        "{} chunks created, {} destroyed; {} pages of each unit populated, {} depopulated\n",
        counts.allocations, counts.frees, counts.worker_runs, counts.created, counts.destroyed,
        counts.populated.count(), counts.depopulated.count());
    if (percpu.unknown_frees > 0)
        text += fmt::format("{} frees of an address at which nothing is allocated left out\n",
                            percpu.unknown_frees);
    return text;
}

std::string differences_text(const Checks& checks) {
    std::string text;
    for (const Difference& difference : checks.differences())
        text += fmt::format(
            "\nline {} ({:.6f} s), {}: {}\n"
            "  before    {}\n"
            "  expected  {}\n"
            "  recorded  {}\n",
            difference.line, static_cast<double>(difference.time.since_start().count()) / 1e12,
            difference.where, title(difference.check), difference.before, difference.expected,
            difference.recorded);
    const auto shown = std::ssize(checks.differences());
    if (shown > 0 && checks.mismatched() > shown)
        text += fmt::format("\nand {} more\n", checks.mismatched() - shown);
    return text;
}

std::string lines_text(const LineAccount& lines) {
    std::string text = fmt::format("{} lines, {} events", lines.lines, lines.events);
    const auto add = [&](std::int64_t count, std::string_view what) {
        if (count > 0) text += fmt::format(", {} {}", count, what);
    };
    add(lines.other_events, "of other kinds");
    add(lines.broken, "broken lines left out");
    if (lines.first_broken) text += fmt::format(" (the first is line {})", *lines.first_broken);
    add(lines.wrong_cpu, "events of CPUs that the machine does not have left out");
    add(lines.out_of_order, "events earlier than the one before");
    if (lines.loss_markers > 0)
        text += fmt::format(", {} markers of lost events ({})", lines.loss_markers,
                            lines.lost_events > 0 ? fmt::format("{} lost", lines.lost_events)
                                                  : "how many is not said");
    add(lines.missing(), "fewer than its header says");
    if (!lines.damage.empty()) text += "; reading stopped early: " + lines.damage;
    return text + "\n";
}

std::string notes_text(const ReplayReport& report) {
    const ReplayResult& result = report.result;
    std::string text = report.percpu ? percpu_text(*report.percpu) : "";
    const auto note = [&](std::int64_t count, std::string_view what) {
        if (count > 0) text += fmt::format("{} {}\n", count, what);
    };
    if (const DrainCounts& drains = result.drain_calls; drains.calls > 0)
        text += fmt::format(
            "{} calls of drain_all_pages(), {} gave up; {} CPUs visited, {} left alone; {} work "
            "items, {} "
            "slices\n",
            drains.calls, drains.gave_up, drains.visited, drains.left_alone, drains.work_items,
            drains.slices);
    note(result.disabled_refills, "refills of a single page, as their lists were disabled");
    note(result.disabled_spills, "spills of a single page, as their lists were disabled");
    note(result.bulk_pages, "pages taken by __alloc_pages_bulk(), which names none");
    note(result.in_flight, "pages in flight at a remote drain, named as allocated later");
    note(result.reordered, "allocations named after something else had used their list");
    note(result.past_lists, "allocations past the lists, as they were locked");
    note(result.retuned, "times the recorded tuning of a pcplist was not the model's");
    if (!result.other_high.empty())
        text += result.other_high + " as the meta file says: is it of another recording?\n";
    note(result.no_zone, "pages in no zone of the machine left out");
    note(result.no_pcp, "spills and drains of pcplists that the meta file does not name left out");
    return text;
}

std::string percpu_json(const PercpuResult& percpu) {
    const PercpuCounts& counts = percpu.counts;
    return fmt::format(
        "  \"percpu\": {{\"allocations\": {}, \"frees\": {}, \"unknown_frees\": {}, "
        "\"worker_runs\": {}, \"chunks_created\": {}, \"chunks_destroyed\": {}, "
        "\"pages_populated\": {}, \"pages_depopulated\": {}}},\n",
        counts.allocations, counts.frees, percpu.unknown_frees, counts.worker_runs, counts.created,
        counts.destroyed, counts.populated.count(), counts.depopulated.count());
}

std::string verdict(const ReplayReport& report) {
    const Checks& checks = report.result.checks;
    if (checks.checked() == 0 && report.percpu && !report.percpu->started)
        return "Nothing could be checked: the mark from where the percpu chunks are recorded, "
               "\"LABPCPU start\", is missing.\n";
    if (checks.checked() == 0)
        return "Nothing could be checked: no list was known at any time, as none was seen to be "
               "drained or refilled.\n";
    if (checks.mismatched() == 0) return "Every prediction is right.\n";
    return fmt::format("{} of {} predictions are wrong; the first:\n", checks.mismatched(),
                       checks.checked());
}

}  // namespace

std::string to_text(const ReplayReport& report) {
    std::string text = fmt::format("{}: kernel {}, rules of {}\n", report.recording,
                                   report.release.empty() ? "unknown" : report.release, report.era);
    text += lines_text(report.lines) + "\n" + checks_text(report) + "\n";
    if (tells_of_lists(report)) text += traffic_text(report.result) + "\n";
    const std::string notes = notes_text(report);
    if (!notes.empty()) text += notes + "\n";
    return text + verdict(report) + differences_text(report.result.checks);
}

std::string to_json(const ReplayReport& report) {
    const ReplayResult& result = report.result;
    const LineAccount& lines = report.lines;
    std::vector<std::string> checks, unchecked, differences;
    for (const Check check : all_checks) {
        const Tally& tally = result.checks.tally(check);
        checks.push_back(fmt::format(
            R"("{}": {{"matched": {}, "explained": {}, "mismatched": {}, "checked": {}}})",
            to_string(check), tally.matched, tally.explained, tally.mismatched, tally.checked()));
        std::vector<std::string> reasons;
        for (std::size_t i = 0; i < unchecked_reasons; ++i)
            if (tally.unchecked[i] > 0)
                reasons.push_back(fmt::format(R"("{}": {})", to_string(static_cast<Unchecked>(i)),
                                              tally.unchecked[i]));
        unchecked.push_back(fmt::format(R"("{}": {{{}}})", to_string(check), join(reasons)));
    }
    for (const Difference& difference : result.checks.differences())
        differences.push_back(fmt::format(
            R"({{"check": "{}", "line": {}, "where": {}, "before": {}, "expected": {}, "recorded": {}}})",
            to_string(difference.check), difference.line, quote(difference.where),
            quote(difference.before), quote(difference.expected), quote(difference.recorded)));
    const auto block = [](const std::vector<std::string>& entries) {
        return entries.empty() ? "" : fmt::format("\n    {}\n  ", fmt::join(entries, ",\n    "));
    };
    return fmt::format(
        "{{\n"
        "  \"checks\": {{{}}},\n"
        "  \"unchecked\": {{{}}},\n"
        "  \"kernel\": {{\"release\": {}, \"era\": {}}},\n"
        "  \"lines\": {{\"read\": {}, \"events\": {}, \"other_events\": {}, \"broken\": {}, "
        "\"loss_markers\": {}, \"lost_events\": {}, \"out_of_order\": {}, \"wrong_cpu\": {}, "
        "\"no_zone\": {}, \"damage\": {}}},\n"
        "{}"
        "  \"differences\": [{}]\n"
        "}}\n",
        block(checks), block(unchecked), quote(report.release), quote(report.era), lines.lines,
        lines.events, lines.other_events, lines.broken, lines.loss_markers, lines.lost_events,
        lines.out_of_order, lines.wrong_cpu, result.no_zone, quote(lines.damage),
        report.percpu ? percpu_json(*report.percpu) : "", block(differences));
}

}  // namespace pcpsim
