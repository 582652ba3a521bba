#include "analysis/import/machine_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <map>
#include <set>

#include "analysis/import/transfer_times.hpp"
#include "analysis/indented.hpp"
#include "models/config/errors.hpp"
#include "models/config/json.hpp"
#include "models/config/text.hpp"
#include "models/machine/machine_file.hpp"

namespace pcpsim {
namespace {

/// LOCAL_DISTANCE and REMOTE_DISTANCE of include/linux/topology.h: what the kernel takes without a
/// SLIT.
constexpr int local_distance = 10, remote_distance = 20;

constexpr Bytes assumed_memory = 16_GiB;

ZoneRule zone_rule(std::string_view architecture) {
    if (architecture == "x86_64") return ZoneRule::x86;
    const bool is_i386 = architecture.starts_with('i') && architecture.ends_with("86");
    return is_i386 ? ZoneRule::i386 : ZoneRule::single;
}

std::string list(const std::vector<std::string>& elements) { return "[" + join(elements) + "]"; }

/// A value with where it comes from.
std::string sourced(const std::string& value, const char* kind, const std::string& source) {
    return fmt::format(R"({{"value":{},"kind":"{}","source":{}}})", value, kind, quote(source));
}

std::string text_of(Bytes bytes) { return quote(to_string(bytes)); }
std::string text_of(Duration time) { return quote(to_string(time)); }

class Writer {
public:
    Writer(const std::string& file, const FoundMachine& found, const MachineClass& near)
        : name_{std::filesystem::path{file}.filename().string()},
          found_{found},
          near_{near},
          page_size_{found.page_size.value_or(near.machine.kernel.page_size)} {
        number_cpus();
        number_sockets();
    }

    [[nodiscard]] std::string json() const {
        return fmt::format(
            R"({{"id":{},"name":{},"topology":{},"interconnect":{},"kernel":{},)"
            R"("memory_domain":{},"tlb_flush":{},"ipi_reach":{},"placement":{},"costs":{}}})",
            quote(id()), quote(title()), topology(), interconnect(), kernel(),
            choice_of_class(near_.machine.memory_domain), choice_of_class(near_.machine.tlb_flush),
            values_of_class(near_.machine.ipi_reach), values_of_class(near_.machine.placement),
            values_of_class(near_.machine.costs));
    }

private:
    void number_cpus() {
        for (const FoundCpu& cpu : found_.cpus) {
            const CpuId number{cpus_.size()};
            cpus_.insert(number);
            cpus_of_node_[*cpu.node].insert(number);
        }
    }

    /// A node's socket is that of its first CPU; a node without CPUs is where the nearest other is.
    void number_sockets() {
        std::map<std::uint64_t, std::uint32_t> numbers;
        std::map<std::uint32_t, std::set<std::uint64_t>> spanned;
        for (const FoundCpu& cpu : found_.cpus) {
            const std::uint64_t key = cpu.socket.value_or(0);
            const auto next = static_cast<std::uint32_t>(numbers.size());
            const std::uint32_t number = numbers.try_emplace(key, next).first->second;
            socket_of_node_.try_emplace(*cpu.node, number);
            spanned[*cpu.node].insert(key);
        }
        spanning_nodes_ = std::any_of(spanned.begin(), spanned.end(),
                                      [](const auto& entry) { return entry.second.size() > 1; });
        const std::size_t count = found_.nodes.size();
        for (std::size_t i = 0; i < count; ++i) {
            if (cpus_of_node_.contains(found_.nodes[i].node)) continue;
            std::uint32_t socket = 0;
            int nearest = std::numeric_limits<int>::max();
            for (std::size_t j = 0; j < count; ++j) {
                const std::uint32_t other = found_.nodes[j].node;
                if (!cpus_of_node_.contains(other) || distance(i, j) >= nearest) continue;
                nearest = distance(i, j);
                socket = socket_of_node_[other];
            }
            socket_of_node_[found_.nodes[i].node] = socket;
        }
    }

    /// The larger one of the two directions, within what a SLIT can say.
    [[nodiscard]] int distance(std::size_t from, std::size_t to) const {
        if (from == to) return local_distance;
        if (found_.distances.empty()) return remote_distance;
        const std::size_t count = found_.nodes.size();
        return std::clamp(
            std::max(found_.distances[from * count + to], found_.distances[to * count + from]),
            Topology::local_distance, Topology::farthest_distance);
    }
    [[nodiscard]] bool is_distance_changed() const {
        const std::size_t count = found_.nodes.size();
        for (std::size_t i = 0; i < found_.distances.size(); ++i)
            if (found_.distances[i] != distance(i / count, i % count)) return true;
        return false;
    }

    [[nodiscard]] std::string id() const {
        std::string id;
        for (const char letter : std::filesystem::path{name_}.stem().string()) {
            const auto plain = static_cast<unsigned char>(letter);
            if (std::isalnum(plain) != 0 && plain < 0x80)
                id += static_cast<char>(std::tolower(plain));
            else if (!id.empty() && id.back() != '-')
                id += '-';
        }
        while (id.ends_with('-')) id.pop_back();
        return id.empty() ? "machine" : id;
    }
    [[nodiscard]] std::string title() const {
        const auto count = [](std::size_t number, const char* what) {
            return fmt::format("{} {}{}", number, what, number == 1 ? "" : "s");
        };
        return fmt::format("{}: {}, {}{}",
                           found_.processor.empty() ? name_ : echo(found_.processor),
                           count(cpus_.size(), "CPU"), count(found_.nodes.size(), "node"),
                           found_.architecture.empty() ? "" : ", " + echo(found_.architecture));
    }

    [[nodiscard]] std::string origin() const {
        return fmt::format("{} ({})", echo(name_), found_.tool);
    }
    [[nodiscard]] std::string topology_source() const {
        std::string source = origin();
        for (const std::string& remark : found_.remarks) source += "; " + remark;
        if (found_.left_out > 0)
            source +=
                fmt::format("; {} CPUs left out that are offline or not allowed", found_.left_out);
        if (found_.cpus.back().cpu + 1 != cpus_.size()) {
            CpuSet numbers;
            for (const FoundCpu& cpu : found_.cpus) numbers.insert(CpuId{cpu.cpu});
            source += fmt::format("; CPUs {} there, numbered without gaps here",
                                  echo(to_string(numbers), 400));
        }
        if (spanning_nodes_) source += "; a node spans several sockets there and is of one here";
        return source;
    }

    [[nodiscard]] std::string topology() const {
        return fmt::format(
            R"({{"kind":"specified","source":{},"nodes":{},"distances":{},"cores":{},"caches":{},)"
            R"("cache_size":{}}})",
            quote(topology_source()), nodes(), distances(), groups([](const FoundCpu& cpu) {
                return std::pair{cpu.core.has_value(), cpu.core.value_or(cpu.cpu)};
            }),
            caches(), cache_size());
    }

    [[nodiscard]] bool is_memory_known() const {
        return std::any_of(found_.nodes.begin(), found_.nodes.end(), [](const FoundNode& node) {
            return node.memory && *node.memory > Bytes{0};
        });
    }
    /// Whole pages, of which a node has none or at least a mebibyte.
    [[nodiscard]] Bytes memory_of(const FoundNode& node) const {
        if (!is_memory_known()) return assumed_memory;
        const Bytes memory = node.memory.value_or(Bytes{0});
        return memory < 1_MiB ? Bytes{0} : page_size_ * (memory / page_size_);
    }
    [[nodiscard]] std::string nodes() const {
        std::vector<std::string> nodes;
        for (const FoundNode& node : found_.nodes) {
            const auto cpus = cpus_of_node_.find(node.node);
            nodes.push_back(
                fmt::format(R"({{"node":{},"socket":{},"cpus":{},"memory":{}}})", node.node,
                            socket_of_node_.at(node.node),
                            quote(cpus == cpus_of_node_.end() ? "" : to_string(cpus->second)),
                            text_of(memory_of(node))));
        }
        if (is_memory_known()) return list(nodes);
        return sourced(list(nodes), "assumed",
                       topology_source() + "; it says nothing of memory, so " +
                           to_string(assumed_memory) + " per node are assumed");
    }

    [[nodiscard]] std::string distances() const {
        std::vector<std::string> rows;
        for (std::size_t from = 0; from < found_.nodes.size(); ++from) {
            std::vector<std::string> row;
            for (std::size_t to = 0; to < found_.nodes.size(); ++to)
                row.push_back(std::to_string(distance(from, to)));
            rows.push_back(list(row));
        }
        if (found_.distances.empty() && rows.size() > 1)
            return sourced(list(rows), "assumed",
                           origin() +
                               " says nothing of distances: the kernel takes 10 and 20 "
                               "without a SLIT (include/linux/topology.h)");
        if (is_distance_changed())
            return sourced(list(rows), "assumed",
                           origin() + ": of each two directions the farther one, within 10..254");
        return list(rows);
    }

    /// CPUs with equal keys, as lists.
    template <class KeyOf>
    [[nodiscard]] std::string groups(KeyOf key_of) const {
        std::vector<CpuSet> groups;
        std::map<decltype(key_of(found_.cpus.front())), std::size_t> known;
        for (std::size_t i = 0; i < found_.cpus.size(); ++i) {
            const auto [group, is_new] = known.try_emplace(key_of(found_.cpus[i]), groups.size());
            if (is_new) groups.emplace_back();
            groups[group->second].insert(CpuId{i});
        }
        std::vector<std::string> lists;
        for (const CpuSet& cpus : groups) lists.push_back(quote(to_string(cpus)));
        return list(lists);
    }
    [[nodiscard]] std::string caches() const {
        const bool is_known =
            std::any_of(found_.cpus.begin(), found_.cpus.end(),
                        [](const FoundCpu& cpu) { return cpu.cache.has_value(); });
        // Whoever has no cache that others share has one of its core.
        if (is_known)
            return groups([](const FoundCpu& cpu) {
                return std::pair{cpu.cache.has_value(),
                                 cpu.cache.value_or(cpu.core.value_or(cpu.cpu))};
            });
        return sourced(groups([](const FoundCpu& cpu) { return *cpu.node; }), "assumed",
                       origin() + " says nothing of caches: one last-level cache per node");
    }
    [[nodiscard]] std::string cache_size() const {
        if (found_.cache_size && *found_.cache_size >= 1_KiB) return text_of(*found_.cache_size);
        return sourced(text_of(near_.machine.topology.cache_size()), "assumed", of_class());
    }

    [[nodiscard]] std::string of_class() const {
        return fmt::format("nobody measured this machine: as {}, {}", near_.machine.id,
                           near_.reason);
    }
    [[nodiscard]] std::string interconnect() const {
        const TransferTimes times = transfer_times(near_.machine);
        return fmt::format(
            R"({{"kind":"assumed","source":{},"same_core":{},"same_cache":{},"links":[)"
            R"({{"from":"cache*","to":"node*","latency":{}}},)"
            R"({{"from":"node*","to":"socket*","latency":{}}},)"
            R"({{"from":"socket*","to":"socket*","latency":{}}}]}})",
            quote(of_class()), text_of(times.same_core), text_of(times.same_cache),
            text_of(times.cache_to_node), text_of(times.node_to_socket),
            text_of(times.socket_to_socket));
    }
    [[nodiscard]] std::string kernel() const {
        KernelConfig kernel = near_.machine.kernel;
        kernel.isolated = kernel.nohz_full = {};
        kernel.page_size = page_size_;
        kernel.percpu_atom = std::max(kernel.percpu_atom, page_size_);
        if (!found_.architecture.empty()) kernel.zones = zone_rule(found_.architecture);
        return values_of_class(kernel);
    }
    [[nodiscard]] std::string choice_of_class(auto choice) const {
        return sourced(to_json(choice), "assumed", of_class());
    }
    [[nodiscard]] std::string values_of_class(const auto& values) const {
        std::string json = to_json(values);
        return json.insert(1, fmt::format(R"("kind":"assumed","source":{},)", quote(of_class())));
    }

    std::string name_;
    const FoundMachine& found_;
    const MachineClass& near_;
    Bytes page_size_;
    CpuSet cpus_;
    std::map<std::uint32_t, CpuSet> cpus_of_node_;
    std::map<std::uint32_t, std::uint32_t> socket_of_node_;
    bool spanning_nodes_ = false;
};

}  // namespace

std::string machine_json(const std::string& file, const FoundMachine& found,
                         const MachineClass& near) {
    Errors errors;
    const Node json =
        parse_json(Source{file + " as a machine", Writer{file, found, near}.json()}, errors);
    static_cast<void>(read_machine(json, errors));
    errors.throw_if_any();
    return indented(json);
}

}  // namespace pcpsim
