#include "analysis/import/lscpu_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>

#include "analysis/import/guesses.hpp"
#include "analysis/import/words.hpp"
#include "models/config/errors.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

using Fields = std::map<std::string, std::string>;

std::string trimmed(std::string_view text) {
    const std::size_t begin = text.find_first_not_of(" \t");
    if (begin == std::string_view::npos) return {};
    return std::string{text.substr(begin, text.find_last_not_of(" \t") + 1 - begin)};
}

/// Newer versions put fields into groups.
void collect(const Node& list, Fields& fields) {
    for (const Node& entry : list.elements) {
        const Node* const field = entry.find("field");
        const Node* const data = entry.find("data");
        if (field && data)
            fields.emplace(field->text.substr(0, field->text.find(':')),
                           data->kind == Node::Kind::null ? "" : data->text);
        if (const Node* const children = entry.find("children")) collect(*children, fields);
    }
}

/// "1.5 MiB" or "1536K", rounded as it is printed.
std::optional<Bytes> size_of(std::string_view text) {
    constexpr std::string_view units = "BKMG";
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto whole = number_below(1 << 20, text.substr(0, digits));
    if (!whole) return std::nullopt;
    text.remove_prefix(digits);
    std::uint64_t tenths = 0;
    if (text.size() > 1 && text[0] == '.') {
        tenths = number_below(10, text.substr(1, 1)).value_or(0);
        text.remove_prefix(2);
    }
    if (text.starts_with(' ')) text.remove_prefix(1);
    const std::size_t unit = text.empty() ? 0 : units.find(text.front());
    if (unit == std::string_view::npos) return std::nullopt;
    return Bytes{static_cast<std::int64_t>(((*whole * 10 + tenths) << (10 * unit)) / 10)};
}

class SummaryReader {
public:
    SummaryReader(const std::string& file, const Fields& fields) : file_{file}, fields_{fields} {}

    FoundMachine read() {
        machine_.processor = text("Model name");
        machine_.architecture = text("Architecture");
        read_nodes();
        read_cpus();
        guess_cores(machine_, number("Thread(s) per core"));
        guess_sockets(machine_, number("Socket(s)").value_or(1));
        read_cache();
        machine_.remarks.emplace_back("lscpu -e says more");
        make_consistent(file_, machine_);
        return std::move(machine_);
    }

private:
    [[nodiscard]] std::string text(const std::string& field) const {
        const auto found = fields_.find(field);
        return found == fields_.end() ? "" : found->second;
    }
    [[nodiscard]] std::optional<std::uint64_t> number(const std::string& field) const {
        return number_below(CpuSet::limit + 1, text(field));
    }
    [[nodiscard]] CpuSet cpus(const std::string& field) const {
        const std::string list = text(field);
        if (const auto cpus = CpuSet::parse(list)) return *cpus;
        throw ScenarioError{fmt::format("{}: expected a list of CPUs below {} in \"{}\", got {}",
                                        file_, CpuSet::limit, field, echo(list))};
    }

    /// "NUMA node8 CPU(s)"
    void read_nodes() {
        constexpr std::string_view before = "NUMA node", after = " CPU(s)";
        for (const auto& [field, ignored] : fields_) {
            std::string_view name{field};
            if (!name.starts_with(before) || !name.ends_with(after)) continue;
            name.remove_prefix(before.size());
            name.remove_suffix(after.size());
            const auto node = number_below(Topology::node_limit, name);
            if (!node)
                throw ScenarioError{fmt::format("{}: expected a node number below {}, got {}",
                                                file_, Topology::node_limit, echo(name))};
            machine_.nodes.push_back({static_cast<std::uint32_t>(*node)});
            for (const CpuId cpu : cpus(field)) node_of_[cpu] = machine_.nodes.back().node;
        }
    }
    void read_cpus() {
        CpuSet online = cpus("On-line CPU(s) list");
        if (online.empty())
            for (const auto& [cpu, ignored] : node_of_) online.insert(cpu);
        for (const CpuId cpu : online) {
            machine_.cpus.emplace_back().cpu = cpu.number();
            const auto node = node_of_.find(cpu);
            if (node != node_of_.end()) machine_.cpus.back().node = node->second;
        }
        machine_.left_out = cpus("Off-line CPU(s) list").size();
    }
    void read_cache() {
        for (const char* level : {"L4", "L3", "L2"})
            for (const char* suffix : {" cache", ""}) {
                const std::string cache = text(std::string{level} + suffix);
                if (cache.empty()) continue;
                machine_.cache_size = size_of(cache);
                const auto instances = words(std::string_view{cache}.substr(
                    std::min(cache.find('('), cache.size() - 1) + 1));
                const auto caches =
                    number_below(CpuSet::limit + 1, instances.empty() ? "" : instances.front());
                if (!caches || *caches == 0) return;
                if (machine_.cache_size)
                    machine_.cache_size = *machine_.cache_size / static_cast<std::int64_t>(*caches);
                return guess_caches(machine_, *caches);
            }
    }

    const std::string& file_;
    const Fields& fields_;
    FoundMachine machine_{.tool = "lscpu"};
    std::map<CpuId, std::uint32_t> node_of_;
};

}  // namespace

FoundMachine read_lscpu_summary(const std::string& file, std::string_view text) {
    Fields fields;
    while (!text.empty()) {
        const std::string_view line = take_line(text);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos)
            fields.emplace(trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1)));
    }
    return SummaryReader{file, fields}.read();
}

FoundMachine read_lscpu_summary(const std::string& file, const Node& list) {
    Fields fields;
    collect(list, fields);
    return SummaryReader{file, fields}.read();
}

}  // namespace pcpsim
