// A row of the comparison for pcpsim or the yardstick: pcpsim_row ENGINE WORKLOAD N EVENTS.
#include <cstdio>
#include <string>

#include "tests/bench/on_heap.hpp"
#include "tests/bench/on_pcpsim.hpp"
#include "tests/bench/row.hpp"

namespace {

template <template <class> class On>
int run(bench::Row& row) {
    On<bench::Row> simulation{row};
    if (row.workload() == "hold")
        simulation.hold(row.n());
    else if (row.workload() == "ping")
        simulation.ping(row.n());
    else
        simulation.convoy(row.n());
    simulation.run();
    return 1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string engine = argc > 1 ? argv[1] : "pcpsim";
    bench::Row row{engine.c_str(), argc - 1, argv + 1};
    return engine == "heap" ? run<bench::OnHeap>(row) : run<bench::OnPcpsim>(row);
}
