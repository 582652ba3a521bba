#include "models/workload/reclaim_metrics.hpp"

#include "models/workload/latency_metrics.hpp"

namespace pcpsim {

std::vector<Measurement> reclaim_metrics(const std::string& workload, const Kernel& kernel) {
    const ReclaimStatistics& reclaim = kernel.reclaim.statistics();
    const DrainStatistics& drains = kernel.drains.statistics();
    const auto count = [&](const char* which, std::uint64_t value, const char* sentence) {
        return counted(workload + "/" + which, value, sentence);
    };
    const auto pages = [&](const char* which, Pages value, const char* sentence) {
        return count(which, static_cast<std::uint64_t>(value.count()), sentence);
    };
    std::vector<Measurement> metrics{
        count("allocstall", reclaim.direct, "rounds of direct reclaim"),
        pages("pgsteal-direct", reclaim.by_direct, "pages reclaimed by who wanted one"),
        pages("pgsteal-kswapd", reclaim.by_kswapd, "pages reclaimed by kswapd"),
        count("oom-kills", kernel.reclaim.oom().kills(), "processes killed"),
        count("drains", drains.requested, "calls of drain_all_pages()"),
        count("drains-given-up", drains.given_up, "calls that found another drain running"),
        count("drains-empty", drains.empty, "drains that found no list with pages"),
        count("global-ipis", drains.global_ipis, "drains that interrupted over half of the CPUs"),
        count("ipis", drains.ipis, "call-function interrupts sent by drains"),
        count("work-items", drains.work_items, "work items queued by drains"),
        pages("pages-drained", kernel.pages.statistics().drained, "pages given back by drains"),
    };
    append(metrics, latency_metrics(workload + "/reclaim",
                                    "round of direct reclaim that made progress, with its drain",
                                    reclaim.latencies));
    return metrics;
}

}  // namespace pcpsim
