// Goal: the machine file is the machine that was found, and says what was not found but assumed.
// Method: what read_machine() makes of the text.
#include "analysis/import/machine_json.hpp"

#include <doctest/doctest.h>

#include "models/config/json.hpp"
#include "models/machine/machine_file.hpp"
#include "tests/analysis/import/small_found.hpp"

using namespace pcpsim;
using test::small_found;

namespace {

Machine written(FoundMachine found, const std::string& class_name = "epyc-7742-2s") {
    make_consistent("dir/My box.xml", found);
    Errors errors;
    Machine machine = read_machine(
        parse_json(Source{"m.json", machine_json("dir/My box.xml", found, class_named(class_name))},
                   errors),
        errors);
    errors.throw_if_any();
    return machine;
}

std::string source_of(const Machine& machine, const std::string& pointer) {
    return machine.provenance.at(pointer).source;
}

}  // namespace

TEST_SUITE("analysis/import/machine_json") {
    TEST_CASE("CPUs, cores, caches, nodes, memory and distances are those found") {
        const Topology topology = written(small_found()).topology;
        CHECK(topology.cpus() == 8);
        CHECK(topology.cpus_of(NodeId{4}) == CpuSet::range(CpuId{4}, CpuId{7}));
        CHECK(topology.siblings(CpuId{5}) == CpuSet{CpuId{4}, CpuId{5}});
        CHECK(topology.caches() == 2);
        CHECK(topology.sockets() == 2);
        CHECK(topology.memory_of(NodeId{4}) == 2_GiB);
        CHECK(topology.distance(NodeId{0}, NodeId{4}) == 21);
    }
    TEST_CASE("CPUs and sockets are numbered without gaps, and the file says so") {
        FoundMachine found = small_found();
        for (FoundCpu& cpu : found.cpus) {
            cpu.cpu *= 8;
            *cpu.socket += 36;
        }
        found.left_out = 56;
        const Machine machine = written(found);
        CHECK(machine.topology.cpus() == 8);
        CHECK(machine.topology.socket_of(CpuId{7}) == SocketId{1});
        CHECK(source_of(machine, "/topology/cores") ==
              "My box.xml (a test); 56 CPUs left out that are offline or not allowed; CPUs "
              "0,8,16,24,32,40,48,56 there, numbered without gaps here");
    }
    TEST_CASE("without distances the kernel's own are assumed") {
        FoundMachine found = small_found();
        found.distances.clear();
        const Machine machine = written(found);
        CHECK(machine.topology.distance(NodeId{0}, NodeId{4}) == 20);
        CHECK(machine.provenance.at("/topology/distances").kind == Evidence::assumed);
        CHECK(machine.provenance.at("/topology/nodes").kind == Evidence::specified);
    }
    TEST_CASE("of two directions the farther one is taken, within what a SLIT can say") {
        FoundMachine found = small_found();
        found.distances = {10, 21, 31, 10};
        CHECK(written(found).topology.distance(NodeId{0}, NodeId{4}) == 31);
        found.distances = {0, 255, 9, 7};
        const Machine machine = written(found);
        CHECK(machine.topology.distance(NodeId{0}, NodeId{4}) == 254);
        CHECK(machine.topology.distance(NodeId{4}, NodeId{4}) == 10);
        CHECK(machine.provenance.at("/topology/distances").kind == Evidence::assumed);
    }
    TEST_CASE("memory is whole pages; what is unknown everywhere is assumed") {
        FoundMachine found = small_found();
        found.page_size = 64_KiB;
        found.nodes[0].memory = 1_GiB + 68_KiB;
        found.nodes[1].memory = 1_MiB - 4_KiB;
        Machine machine = written(found);
        CHECK(machine.kernel.page_size == 64_KiB);
        CHECK(machine.topology.memory_of(NodeId{0}) == 1_GiB + 64_KiB);
        CHECK(machine.topology.memory_of(NodeId{4}) == Bytes{0});
        for (FoundNode& node : found.nodes) node.memory.reset();
        machine = written(found);
        CHECK(machine.topology.memory_of(NodeId{4}) == 16_GiB);
        CHECK(machine.provenance.at("/topology/nodes").kind == Evidence::assumed);
    }
    TEST_CASE("percpu memory comes in whole pages, however small those of the class are") {
        FoundMachine found = small_found();
        found.page_size = 64_KiB;
        CHECK(class_named("ampere-n1-80").machine.kernel.percpu_atom == 4_KiB);
        CHECK(written(found, "ampere-n1-80").kernel.percpu_atom == 64_KiB);
    }
    TEST_CASE("zones follow from the architecture, whatever the class") {
        FoundMachine found = small_found();
        const auto zones = [&](const char* architecture) {
            found.architecture = architecture;
            return written(found, "guest-2cpu-i386").kernel.zones;
        };
        CHECK(zones("x86_64") == ZoneRule::x86);
        CHECK(zones("i686") == ZoneRule::i386);
        CHECK(zones("ppc64le") == ZoneRule::single);
        CHECK(zones("") == ZoneRule::i386);
    }
    TEST_CASE("a node without CPUs is of the socket it is nearest to") {
        FoundMachine found = small_found();
        found.nodes.push_back({7, 1_GiB});
        found.distances = {10, 21, 80, 21, 10, 60, 80, 60, 10};
        const Topology topology = written(found).topology;
        CHECK(topology.cpus_of(NodeId{7}).empty());
        CHECK(topology.socket_of(NodeId{7}) == topology.socket_of(NodeId{4}));
    }
    TEST_CASE("unknown caches are one per node, unknown cores one per CPU, both assumed") {
        FoundMachine found = small_found();
        for (FoundCpu& cpu : found.cpus) {
            cpu.cache.reset();
            cpu.core.reset();
        }
        Machine machine = written(found);
        CHECK(machine.topology.caches() == 2);
        CHECK(machine.topology.siblings(CpuId{0}).size() == 1);
        CHECK(machine.provenance.at("/topology/caches").kind == Evidence::assumed);
        found.cpus[0].cache = 1;
        machine = written(found);
        CHECK(machine.topology.caches() == 8);
    }
    TEST_CASE("a node over several sockets is of one of them, and the file says so") {
        FoundMachine found = small_found();
        found.cpus[2].socket = found.cpus[3].socket = 9;
        CHECK(source_of(written(found), "/topology/cores")
                  .ends_with("; a node spans several sockets there and is of one here"));
    }
    TEST_CASE("costs are those of the class, each marked as assumed with the class's name") {
        FoundMachine found = small_found();
        found.architecture = "aarch64";
        const Machine machine = written(found, "guest-4cpu");
        const Machine guest = class_named("guest-4cpu").machine;
        CHECK(machine.costs.page_fault == guest.costs.page_fault);
        CHECK(machine.kernel.zones == ZoneRule::single);
        for (const CostInfo& cost : list_costs(machine)) {
            CHECK(cost.provenance.kind == Evidence::assumed);
            CHECK(cost.provenance.source ==
                  "nobody measured this machine: as guest-4cpu, chosen by --class");
        }
    }
    TEST_CASE("id and name come from the file, safe to print") {
        FoundMachine found = small_found();
        CHECK(written(found).id == "my-box");
        CHECK(written(found).name == "My box.xml: 8 CPUs, 2 nodes");
        found.processor = "evil\n\"\xff";
        CHECK(written(found).name == "evil \"\\xFF: 8 CPUs, 2 nodes");
    }
}
