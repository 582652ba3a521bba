#include "models/kernel/interruption_report.hpp"

#include <algorithm>

#include "models/kernel/interruption_cause.hpp"

namespace pcpsim {
namespace {

Interruptions::Tally sum(const std::deque<Interruptions>& threads, auto tally_of) {
    Interruptions::Tally sum;
    for (const Interruptions& thread : threads) {
        const Interruptions::Tally tally = tally_of(thread);
        sum.count += tally.count;
        sum.total += tally.total;
        sum.longest = std::max(sum.longest, tally.longest);
    }
    return sum;
}

}  // namespace

std::vector<Measurement> report_interruptions(const std::string& workload,
                                              const std::deque<Interruptions>& threads) {
    const auto all = sum(threads, [](const Interruptions& thread) { return thread.all(); });
    std::vector<Measurement> report{
        microseconds(workload + "/interrupted", all.total,
                     "time for which its threads could run and did not"),
        microseconds(workload + "/longest", all.longest, "longest interruption"),
    };
    const auto by = [&](InterruptionCause cause) {
        return sum(threads, [cause](const Interruptions& thread) {
            return thread.by(static_cast<std::size_t>(cause));
        });
    };
    report.push_back(microseconds(workload + "/longest-drain", by(InterruptionCause::drain).longest,
                                  "longest one in which a drain took part"));
    report.push_back(counted(workload + "/interruptions", all.count, "interruptions"));
    const auto names = enum_names(InterruptionCause{});
    for (std::size_t cause = 0; cause < names.size(); ++cause)
        report.push_back(counted(workload + "/by-" + names[cause],
                                 by(static_cast<InterruptionCause>(cause)).count,
                                 std::string{"of them by "} + names[cause]));
    return report;
}

}  // namespace pcpsim
