#include "models/machine/machine_file.hpp"

#include <bit>
#include <optional>
#include <tuple>
#include <utility>

#include "models/config/field.hpp"
#include "models/config/overlay.hpp"
#include "models/machine/interconnect_file.hpp"
#include "models/machine/topology_file.hpp"

namespace pcpsim {
namespace {

struct MachineFile {
    std::string id;
    std::string name;
    Node topology;
    Node interconnect;
    KernelConfig kernel;
    MemoryDomain memory_domain = MemoryDomain::socket;
    TlbFlush tlb_flush = TlbFlush::interrupts;
    IpiReach ipi_reach;
    ForkPlacement placement;
    CostTable costs;
    static constexpr auto fields() {
        using Self = MachineFile;
        return std::tuple{
            field("id", &Self::id, "the name that published tables use").required(),
            field("name", &Self::name, "the name for people").required(),
            field("topology", &Self::topology, "CPUs, caches, nodes and memory").required(),
            field("interconnect", &Self::interconnect, "cache-line transfer times").required(),
            field("kernel", &Self::kernel, "how the kernel was built and booted").required(),
            field("memory_domain", &Self::memory_domain, "what shares a queue to memory")
                .required(),
            field("tlb_flush", &Self::tlb_flush, "how other CPUs' TLBs are flushed").required(),
            field("ipi_reach", &Self::ipi_reach, "whom one write interrupts").required(),
            field("placement", &Self::placement, "where fork puts a task").required(),
            field("costs", &Self::costs, "the cost table").required(),
        };
    }
};

/// Checks how the kernel's configuration fits the topology, if it is one.
void check_kernel(const Node& node, const Topology& topology, Errors& errors) {
    KernelConfig kernel;
    Errors known;
    read(node, kernel, known);
    if (!known.empty()) return;
    const auto check_cpus = [&](const char* key, const CpuSet& cpus) {
        if (!(cpus - topology.possible()).empty())
            errors.add(*node.find(key), "CPUs among " + echo(to_string(topology.possible())));
    };
    check_cpus("isolated", kernel.isolated);
    check_cpus("nohz_full", kernel.nohz_full);
    if ((topology.online() - kernel.isolated - kernel.nohz_full).empty())
        errors.add(node.place, "a CPU that is neither isolated nor nohz_full", "none");
    if (!std::has_single_bit(static_cast<std::uint64_t>(kernel.page_size.count())))
        errors.add(*node.find("page_size"), "a power of two");
    if (kernel.pageblock_order > kernel.max_order)
        errors.add(
            node.place, "a pageblock_order of at most max_order",
            std::to_string(kernel.pageblock_order) + " above " + std::to_string(kernel.max_order));
    const Bytes atom = kernel.percpu_atom;
    if (!std::has_single_bit(static_cast<std::uint64_t>(atom.count())) || atom < kernel.page_size)
        errors.add(*node.find("percpu_atom"), "a power of two that is no less than a page");
    for (const MemoryNode& in : topology.nodes())
        if (in.memory.count() % kernel.page_size.count() != 0)
            errors.add(node.place, "pages that divide the memory of every node",
                       to_string(kernel.page_size) + " pages and " + to_string(in.memory) + " on " +
                           to_string(in.node));
}

/// Reads each key that is given; none has to be.
template <HasFields Struct>
void read_given(const Node& node, Struct& value, Errors& errors) {
    std::vector<std::string> keys;
    for_each_field<Struct>([&](const auto& field) { keys.push_back(field.name()); });
    if (!check_keys(node, keys, errors)) return;
    for_each_field<Struct>([&](const auto& field) {
        const Node* const given = node.find(field.name());
        if (given == nullptr) return;
        if constexpr (HasFields<typename std::decay_t<decltype(field)>::Value>)
            read_given(*given, field.of(value), errors);
        else
            read(*given, field.of(value), errors, field.range());
    });
}

std::vector<SchemaProperty> properties(SchemaStyle style) {
    const SchemaParts parts{{"topology", topology_schema(style)},
                            {"interconnect", interconnect_schema(style)}};
    return schema_properties<MachineFile>(style, parts);
}

}  // namespace

std::string machine_schema() {
    const SchemaStyle style{.is_sourced = true};
    std::vector<SchemaProperty> own = properties(style);
    own.push_back(schema_key());
    const std::string base = R"({"type":"string","description":"another machine's file"})";
    return file_schema("pcpsim machine",
                       any_of({object_schema(std::move(own), style),
                               object_schema({{"base", base, true},
                                              {"overrides", machine_overrides_schema()},
                                              schema_key()})}));
}

std::string machine_overrides_schema() {
    const SchemaStyle style{.is_partial = true, .is_sourced = true};
    return object_schema(properties(style), style);
}

Machine read_machine(const Node& file, Errors& errors) {
    Machine machine;
    Node bare = resolve_base(file, errors);
    if (!errors.empty()) return machine;
    machine.provenance = take_provenance(bare, errors);
    MachineFile read_file;
    read(bare, read_file, errors);

    // Apart, because what is wrong with one part says nothing about another.
    Errors topology_errors, interconnect_errors;
    std::optional<Topology> topology;
    if (const Node* const part = bare.find("topology"))
        topology = read_topology(*part, topology_errors);
    if (const Node* const part = bare.find("interconnect"))
        machine.interconnect = read_interconnect(*part, topology, interconnect_errors);
    if (const Node* const part = bare.find("kernel"); part && topology)
        check_kernel(*part, *topology, errors);
    errors.add(topology_errors);
    errors.add(interconnect_errors);
    if (!errors.empty()) return machine;

    machine.topology = std::move(*topology);
    machine.effective_json = to_json(read_file);
    machine.id = std::move(read_file.id);
    machine.name = std::move(read_file.name);
    machine.kernel = std::move(read_file.kernel);
    machine.memory_domain = read_file.memory_domain;
    machine.tlb_flush = read_file.tlb_flush;
    machine.ipi_reach = read_file.ipi_reach;
    machine.placement = read_file.placement;
    machine.costs = read_file.costs;
    return machine;
}

bool is_machine_class(const Node& file) {
    return file.kind == Node::Kind::object && !file.find("id") && !file.find("topology");
}

void check_machine_class(Node file, Errors& errors) {
    take_provenance(file, errors);
    MachineFile read_file;
    read_given(file, read_file, errors);
    if (const Node* const part = file.find("interconnect"))
        read_interconnect(*part, std::nullopt, errors);
}

std::vector<CostInfo> list_costs(const Machine& machine) {
    std::vector<CostInfo> costs;
    for_each_field<CostTable>([&](const auto& field) {
        using Value = typename std::decay_t<decltype(field)>::Value;
        const auto provenance = machine.provenance.find(std::string{"/costs/"} + field.name());
        costs.push_back(
            CostInfo{field.name(), Scalar<Value>::text(field.of(machine.costs)),
                     field.range().text(), field.help(),
                     provenance == machine.provenance.end() ? Provenance{} : provenance->second});
    });
    return costs;
}

}  // namespace pcpsim
