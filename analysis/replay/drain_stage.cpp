#include "analysis/replay/drain_stage.hpp"

#include <set>

#include "models/config/json.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

CostTable one_nanosecond_each() {
    CostTable costs;
    for_each_field<CostTable>([&](const auto& field) {
        if constexpr (std::is_same_v<decltype(field.of(costs)), Duration&>) field.of(costs) = 1_ns;
    });
    return costs;
}

}  // namespace

/// Every node is a socket with one cache; every CPU a core.
Machine machine_of(const RecordedKernel& recorded) {
    std::set<NodeId> numbers{NodeId{0}};
    for (const RecordedZone& zone : recorded.zones) numbers.insert(zone.node);
    for (const auto& [cpu, node] : recorded.nodes) numbers.insert(node);
    std::vector<MemoryNode> nodes;
    for (const NodeId node : numbers) nodes.push_back({node, SocketId{nodes.size()}, 1_GiB});

    std::vector<HardwareThread> threads;
    std::map<NodeId, CacheId> caches;
    for (std::uint32_t cpu = 0; cpu < recorded.cpus; ++cpu) {
        const auto named = recorded.nodes.find(CpuId{cpu});
        const NodeId node = named == recorded.nodes.end() ? NodeId{0} : named->second;
        const CacheId cache = caches.try_emplace(node, CacheId{caches.size()}).first->second;
        const auto position = std::distance(numbers.begin(), numbers.find(node));
        threads.push_back(
            {CpuId{cpu}, CoreId{cpu}, cache, node, SocketId{static_cast<std::uint32_t>(position)}});
    }
    std::vector<Link> links;
    for (const auto& [node, cache] : caches)
        links.push_back(
            {{Vertex::Level::cache, cache.number()}, {Vertex::Level::node, node.number()}, 1_ns});
    for (const NodeId node : numbers)
        links.push_back({{Vertex::Level::node, node.number()},
                         {Vertex::Level::node, numbers.begin()->number()},
                         1_ns});
    const std::vector<int> distances(nodes.size() * nodes.size(), Topology::local_distance);

    Machine machine;
    machine.topology = Topology{std::move(threads), std::move(nodes), distances};
    machine.interconnect = Interconnect{machine.topology, 1_ns, 1_ns, links};
    machine.costs = one_nanosecond_each();
    return machine;
}

std::vector<ZoneSpan> zones_of(const RecordedKernel& recorded) {
    std::vector<ZoneSpan> spans;
    for (const RecordedZone& zone : recorded.zones)
        spans.push_back({zone.node, ZoneKind::normal, zone.start, zone.spanned, zone.spanned,
                         zone.managed.value_or(zone.spanned)});
    return spans;
}

Choice<DrainStrategy> drain_strategy(const std::string& name) {
    Errors errors;
    const Node entry = parse_json(Source{"--drain", R"({"model": )" + quote(name) + "}"}, errors);
    const auto choice = read_choice<DrainStrategy>(entry, errors);
    errors.throw_if_any();
    return choice.value();
}

struct DrainStage::World {
    World(const RecordedKernel& recorded, const KernelRules& rules,
          const Choice<DrainStrategy>& choice)
        : machine{machine_of(recorded)},
          kernel{machine, spec_of(rules), 0, zones_of(recorded)},
          strategy{choice.make(kernel)} {
        kernel.use(*strategy);
    }
    ~World() { kernel.engine.shut_down(); }
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    static MemorySpec spec_of(const KernelRules& rules) {
        MemorySpec spec;
        spec.rules = &rules;
        return spec;
    }
    static Task<> drain_once(Context& self, DrainControl& drains, std::optional<ZoneId> zone,
                             DrainReason reason) {
        co_await drains.drain_all(self, zone, reason);
    }

    Machine machine;
    Kernel kernel;
    std::unique_ptr<DrainStrategy> strategy;
};

DrainStage::DrainStage(const RecordedKernel& recorded, const KernelRules& rules,
                       Choice<DrainStrategy> strategy)
    : recorded_{recorded}, rules_{rules}, strategy_{std::move(strategy)} {}

DrainStage::~DrainStage() = default;

DrainStage::Outcome DrainStage::drain(const std::vector<CpuSet>& with_pages,
                                      std::optional<ZoneId> zone, DrainReason reason) {
    // A kernel keeps what is left of each thread that it ever had.
    constexpr int drains_per_world = 256;
    if (!world_ || drains_++ == drains_per_world) {
        world_ = std::make_unique<World>(recorded_, rules_, strategy_);
        drains_ = 0;
    }
    Kernel& kernel = world_->kernel;
    for (Zone& listed : kernel.memory.zones())
        for (const CpuId cpu : with_pages[listed.id().index()])
            if (const auto page = listed.alloc_block(Order{0}, MigrateType::movable))
                listed.free(cpu, *page, Order{0}, MigrateType::movable);
    const std::uint64_t interrupts = kernel.drains.statistics().ipis;
    std::vector<std::uint64_t> executed;
    for (std::size_t cpu = 0; cpu < recorded_.cpus; ++cpu)
        executed.push_back(kernel.mm_percpu_wq.executed(CpuId{cpu}));

    Thread& caller = kernel.scheduler.create("drainer", CpuId{0}, Context::Role::foreground);
    caller.bound = CpuId{0};
    caller.start(World::drain_once(caller, kernel.drains, zone, reason));
    kernel.engine.run();

    Outcome outcome{kernel.drains.last_visited(), {}};
    outcome.interrupts = static_cast<std::int64_t>(kernel.drains.statistics().ipis - interrupts);
    for (std::size_t cpu = 0; cpu < recorded_.cpus; ++cpu)
        if (kernel.mm_percpu_wq.executed(CpuId{cpu}) != executed[cpu])
            outcome.work_items.insert(CpuId{cpu});
    return outcome;
}

}  // namespace pcpsim
