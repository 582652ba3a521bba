// ns-3's scheduler of events; its priority-queue scheduler is the fastest of those it has.
#include <ns3/core-module.h>

#include "tests/bench/row.hpp"

namespace {

bench::Increments increments{0};

void fire(bench::Row* row) {
    row->fired(static_cast<std::uint64_t>(ns3::Simulator::Now().GetNanoSeconds()));
    ns3::Simulator::Schedule(ns3::NanoSeconds(increments.next()), &fire, row);
}

}  // namespace

int main(int argc, char** argv) {
    bench::Row row{"ns-3", argc, argv};
    if (row.workload() != "hold") return 2;
    ns3::Simulator::SetScheduler(ns3::ObjectFactory{"ns3::PriorityQueueScheduler"});
    for (std::uint64_t i = 0; i < row.n(); ++i)
        ns3::Simulator::Schedule(ns3::NanoSeconds(increments.next()), &fire, &row);
    ns3::Simulator::Run();
    return 1;
}
