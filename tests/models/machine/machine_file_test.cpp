// Goal: the machine files that come with the program mean what they say and meet their
// measurements.
#include "models/machine/machine_file.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "tests/support/reading.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

const std::string folder = PCPSIM_SOURCE_DIR "/scenarios/machines/";

Machine machine_of(const std::string& name) {
    Errors errors;
    Machine machine = read_machine(read_json(folder + name, errors), errors);
    errors.throw_if_any();
    return machine;
}

const Machine& epyc() {
    static const Machine machine = machine_of("epyc-7742-2s.json");
    return machine;
}

/// The median transfer over the pairs of CPUs that fulfil the condition.
template <class Condition>
Duration median(Condition condition) {
    std::vector<Duration> transfers;
    for (const CpuId a : epyc().topology.possible())
        for (const CpuId b : epyc().topology.possible())
            if (a != b && condition(epyc().topology.thread(a), epyc().topology.thread(b)))
                transfers.push_back(epyc().interconnect.transfer(a, b));
    const auto middle = transfers.begin() + static_cast<std::ptrdiff_t>(transfers.size() / 2);
    std::nth_element(transfers.begin(), middle, transfers.end());
    return *middle;
}

bool within_percent(Duration value, Duration of, int percent) {
    const Duration off = value < of ? of - value : value - of;
    return off * 100 <= of * percent;
}

}  // namespace

TEST_SUITE("models/machine/machine_file") {
    TEST_CASE("the EPYC 7742 has 4 nodes of 64 CPUs, numbered as Linux does") {
        const Topology& topology = epyc().topology;
        CHECK(topology.cpus() == 256);
        CHECK(topology.nodes().size() == 4);
        CHECK(to_string(topology.cpus_of(NodeId{0})) == "0-31,128-159");
        CHECK(to_string(topology.siblings(CpuId{200})) == "72,200");
        CHECK(to_string(topology.cpus_of(CacheId{31})) == "124-127,252-255");
        const std::vector<std::vector<int>> slit{
            {10, 12, 32, 32}, {12, 10, 32, 32}, {32, 32, 10, 12}, {32, 32, 12, 10}};
        Bytes memory;
        for (std::size_t from = 0; from < 4; ++from) {
            memory += topology.memory_of(NodeId{from});
            for (std::size_t to = 0; to < 4; ++to)
                CHECK(topology.distance(NodeId{from}, NodeId{to}) == slit[from][to]);
        }
        CHECK(memory == 1024_GiB);
    }
    TEST_CASE("EPYC 7742 line transfers are within 15 % of the measured medians") {
        // nviennot/core-to-core-latency, Dual EPYC 7742: medians of 128, 768, 15360 and 16384
        // pairs.
        const auto same = [](auto HardwareThread::*part) {
            return [part](const HardwareThread& a, const HardwareThread& b) {
                return a.*part == b.*part;
            };
        };
        const auto siblings = same(&HardwareThread::core);
        const auto cache = same(&HardwareThread::cache);
        const auto node = same(&HardwareThread::node);
        const auto socket = same(&HardwareThread::socket);
        using Thread = const HardwareThread&;
        CHECK(within_percent(median(siblings), 8_ns, 15));
        CHECK(within_percent(
            median([&](Thread a, Thread b) { return cache(a, b) && !siblings(a, b); }), 25300_ps,
            15));
        CHECK(
            within_percent(median([&](Thread a, Thread b) { return socket(a, b) && !cache(a, b); }),
                           190700_ps, 15));
        CHECK(within_percent(median([&](Thread a, Thread b) { return !socket(a, b); }), 266600_ps,
                             15));

        // Each socket measured by itself is one mode: the line's home is on it or on the other one.
        const Duration within_node = (256300_ps + 120700_ps) / 2;
        const Duration across_nodes = (274900_ps + 137300_ps) / 2;
        CHECK(within_percent(median([&](Thread a, Thread b) { return node(a, b) && !cache(a, b); }),
                             within_node, 1));
        CHECK(
            within_percent(median([&](Thread a, Thread b) { return socket(a, b) && !node(a, b); }),
                           across_nodes, 1));
    }
    TEST_CASE("the costs of a page fault add up to the one-client anchor") {
        // One client: 58.52 s of system time and 61.21 s in all for a fifth of MemTotal, which is
        // 1 TiB without its page structs, page by page.
        const Pages faults = epyc().pages(1024_GiB / 64 * 63 / 5);
        const Duration system = 58520_ms / faults.count();
        const CostTable& costs = epyc().costs;
        const Duration ticks = costs.tick * (epyc().kernel.hz * 61210 / 1000);
        const Duration user = (61210_ms - 58520_ms - ticks) / faults.count();
        const std::int64_t batch = 63;
        const Duration refill = costs.atomic + costs.zone_lock_hold_base +
                                costs.zone_lock_hold_per_page * batch + costs.unlock_store;
        const Duration allocation = costs.irq_save_restore + costs.dependent_load + costs.list_pop;
        CHECK(within_percent(costs.page_fault + costs.page_zero + costs.memory_service_per_page +
                                 allocation + refill / batch,
                             system, 1));
        CHECK(within_percent(costs.user_per_page, user, 1));
    }
    TEST_CASE("other machines have the CPUs, nodes and distances of their specification") {
        struct Expected {
            const char* file;
            std::size_t cpus, nodes, sockets, caches;
            int farthest;
            Bytes page_size;
        };
        for (const Expected& expected : {Expected{"epyc-7601-2s", 128, 8, 2, 16, 32, 4_KiB},
                                         Expected{"power9-9006-22c", 128, 2, 2, 16, 40, 64_KiB},
                                         Expected{"ampere-n1-80", 80, 1, 1, 1, 10, 4_KiB},
                                         Expected{"dell-r430-e5-2640v3", 32, 2, 2, 2, 21, 4_KiB},
                                         Expected{"apollo70-thunderx2", 256, 2, 2, 2, 20, 64_KiB},
                                         Expected{"raspberry-pi-4", 4, 1, 1, 1, 10, 4_KiB},
                                         Expected{"cascadelake-2s-80", 80, 2, 2, 2, 21, 4_KiB},
                                         Expected{"server-2s-192", 192, 2, 2, 2, 21, 4_KiB},
                                         Expected{"desktop-24", 24, 1, 1, 2, 10, 4_KiB},
                                         Expected{"guest-4cpu", 4, 1, 1, 1, 10, 4_KiB},
                                         Expected{"guest-2cpu-i386", 2, 1, 1, 1, 10, 4_KiB}}) {
            CAPTURE(expected.file);
            const Machine machine = machine_of(expected.file + std::string{".json"});
            const Topology& topology = machine.topology;
            CHECK(machine.id == expected.file);
            CHECK(topology.cpus() == expected.cpus);
            CHECK(topology.nodes().size() == expected.nodes);
            CHECK(topology.sockets() == expected.sockets);
            CHECK(topology.caches() == expected.caches);
            CHECK(topology.distance(topology.nodes().front().node, topology.nodes().back().node) ==
                  expected.farthest);
            CHECK(machine.kernel.page_size == expected.page_size);
        }
    }
    TEST_CASE("threads are numbered as each architecture does, and nodes may have gaps") {
        const Topology power = machine_of("power9-9006-22c.json").topology;
        CHECK(to_string(power.siblings(CpuId{5})) == "4-7");
        CHECK(to_string(power.cpus_of(NodeId{8u})) == "64-127");
        CHECK(power.cpus_of(NodeId{1u}).empty());
        const Topology arm = machine_of("apollo70-thunderx2.json").topology;
        CHECK(to_string(arm.siblings(CpuId{130})) == "130,162,194,226");
        CHECK(to_string(arm.cpus_of(NodeId{1u})) == "128-255");
    }
    TEST_CASE("every value of every machine has a source, and none is fitted but those of Rome") {
        for (const auto& file : std::filesystem::directory_iterator{folder}) {
            if (!file.is_regular_file()) continue;
            const Machine machine = machine_of(file.path().filename().string());
            CAPTURE(machine.name);
            bool fitted = false;
            for (const CostInfo& cost : list_costs(machine)) {
                CAPTURE(cost.name);
                CHECK(cost.provenance.source != "");
                fitted = fitted || cost.provenance.kind == Evidence::fitted;
            }
            CHECK(fitted == (machine.id == "epyc-7742-2s"));
            for (const char* pointer :
                 {"/topology/cache_size", "/interconnect/same_core", "/interconnect/links",
                  "/memory_domain", "/tlb_flush", "/ipi_reach/cluster", "/kernel/hz",
                  "/placement/reclaim_distance"}) {
                CAPTURE(pointer);
                CHECK(machine.provenance.count(pointer) == 1);
            }
        }
        CHECK(epyc().provenance.at("/topology/memory_per_node").kind == Evidence::assumed);
    }
    TEST_CASE("the second description contends per node, with the same cost of a lone fault") {
        const Machine other = machine_of("epyc-7742-2s-node.json");
        CHECK(other.id == epyc().id);
        CHECK(epyc().memory_domain == MemoryDomain::socket);
        CHECK(epyc().placement.levels == ForkPlacement::Levels::all);
        CHECK(other.memory_domain == MemoryDomain::node);
        CHECK(other.placement.levels == ForkPlacement::Levels::top);
        CHECK(other.placement.reclaim_distance == 32);
        CHECK(other.domains() == 4);
        const auto lone_fault = [](const CostTable& costs) {
            return costs.page_fault + costs.memory_service_per_page;
        };
        CHECK(lone_fault(other.costs) == lone_fault(epyc().costs));
    }
    TEST_CASE("the effective text has no provenance and reads back as the same machine") {
        Machine again;
        CHECK(complaints(epyc().effective_json, [&](const Node& node, Errors& errors) {
                  again = read_machine(node, errors);
              }) == "");
        CHECK(again.effective_json == epyc().effective_json);
        CHECK(again.provenance.empty());
    }
    TEST_CASE("what does not fit the machine is refused at its place") {
        const auto wrong = [](const std::string& from, const std::string& to) {
            return complaints(replaced(epyc().effective_json, from, to),
                              [](const Node& node, Errors& errors) { read_machine(node, errors); });
        };
        const auto ends_with = [](const std::string& text, const std::string& end) {
            CAPTURE(text);
            CHECK(text.ends_with(end));
        };
        ends_with(wrong(R"("isolated":"")", R"("isolated":"250-256")"),
                  "/kernel/isolated: expected CPUs among 0-255, got \"250-256\"");
        ends_with(wrong(R"("page_size":"4KiB")", R"("page_size":"5KiB")"),
                  "/kernel/page_size: expected a power of two, got \"5KiB\"");
        ends_with(wrong(R"("percpu_atom":"2MiB")", R"("percpu_atom":"3MiB")"),
                  "/kernel/percpu_atom: expected a power of two that is no less than a page, got "
                  "\"3MiB\"");
        ends_with(wrong(R"("max_order":10)", R"("max_order":8)"),
                  "/kernel: expected a pageblock_order of at most max_order, got 9 above 8");
        ends_with(wrong(R"("page_zero":"110ns")", R"("page_zero":110)"),
                  "/costs/page_zero: expected a duration in 1ps..100us with a unit, such as "
                  "\"14ns\", got 110");
        ends_with(wrong(R"("page_zero":"110ns",)", ""),
                  "/costs: expected key \"page_zero\" (clear_page() of a base page), got none");
    }
    TEST_CASE("whatever stands in place of a value, the file is read or refused") {
        CHECK(refusals_of_odd_values(epyc().effective_json, read_machine) > 0);
    }
    TEST_CASE("a base that cannot be read or leads back to itself is refused at its place") {
        const auto complaint = [](const std::string& text) {
            return complaints(text, read_machine);
        };
        CHECK(complaint(R"({"base": 7})") ==
              "t.json:1:10: /base: expected the name of a file, got 7");
        CHECK(
            complaint(R"({"base": "nowhere.json"})").starts_with("t.json:1:10: /base: expected "));
        const TemporaryFolder temporary;
        const std::string path = temporary.write("loop.json", R"({"base": "loop.json"})");
        CHECK(
            complaint("{\"base\": \"" + path + "\"}") ==
            path +
                ":1:10: /base: expected a file that does not build on this one, got \"loop.json\"");
    }
}
