#pragma once
// Memory bandwidth that CPUs share: one FIFO server per contended domain. Whoever is about to touch
// fresh pages books their transfer and stalls until it is done.
#include <vector>

#include "models/machine/machine.hpp"
#include "sim/station.hpp"

namespace pcpsim {

class MemoryBandwidth {
public:
    explicit MemoryBandwidth(const Machine& machine)
        : machine_{machine}, domains_(machine.domains()) {}

    /// Books the transfer of `pages` of the node and returns when it will be complete. Each booking
    /// ahead makes it longer: DRAM serves many interleaved streams less well than few.
    Time book(Time now, NodeId node, Pages pages) {
        Station& domain = domains_[machine_.domain_of(node).index()];
        const CostTable& costs = machine_.costs;
        const std::int64_t ppm =
            1'000'000 + domain.waiting(now) * costs.memory_service_per_waiter_ppm;
        const Duration service = costs.memory_service_per_page * pages.count();
        return domain.book(now, scale_up(service, {ppm, 1'000'000}));
    }
    [[nodiscard]] Duration busy(DomainId domain) const { return domains_[domain.index()].busy(); }

private:
    const Machine& machine_;
    std::vector<Station> domains_;
};

}  // namespace pcpsim
