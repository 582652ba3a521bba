#include <fmt/format.h>

#include <limits>

#include "analysis/import/hwloc.hpp"
#include "analysis/import/words.hpp"
#include "models/config/errors.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

class MessageReader {
public:
    FoundMachine read(std::string_view message) {
        while (!message.empty() && !is_whole_) {
            const std::string_view line = take_line(message);
            if (!read_line(line))
                throw ScenarioError{"expected facts of libhwloc, got " + echo(line)};
        }
        if (!is_whole_) throw ScenarioError{"libhwloc stopped in the middle of its answer"};
        const std::size_t nodes = machine_.nodes.size();
        if (!machine_.distances.empty() && machine_.distances.size() != nodes * nodes)
            throw ScenarioError{fmt::format("expected {} distances between {} nodes, got {}",
                                            nodes * nodes, nodes, machine_.distances.size())};
        return std::move(machine_);
    }

private:
    bool read_line(std::string_view line) {
        const std::vector<std::string_view> parts = words(line);
        if (parts.empty()) return false;
        const std::string_view key = parts.front();
        const std::string_view rest = line.substr(std::min(key.size() + 1, line.size()));
        if (key == "end") return is_whole_ = true;
        if (key == "processor") return machine_.processor = rest, true;
        if (key == "architecture") return machine_.architecture = rest, true;
        if (key == "page_size") return read_bytes(rest, machine_.page_size);
        if (key == "cache_size") return read_bytes(rest, machine_.cache_size);
        if (key == "left_out") return read_left_out(rest);
        if (key == "node" && parts.size() == 3) return read_node(parts);
        if (key == "cpu" && parts.size() == 6) return read_cpu(parts);
        return key == "distances" && read_distances(parts);
    }

    static bool read_bytes(std::string_view word, std::optional<Bytes>& bytes) {
        const auto number = number_below(std::uint64_t{1} << 60, word);
        if (number) bytes = Bytes{static_cast<std::int64_t>(*number)};
        return number.has_value();
    }
    bool read_left_out(std::string_view word) {
        const auto number = number_below(std::numeric_limits<std::uint32_t>::max(), word);
        machine_.left_out = number.value_or(0);
        return number.has_value();
    }
    bool read_node(const std::vector<std::string_view>& parts) {
        const auto number = number_below(Topology::node_limit, parts[1]);
        if (!number)
            throw ScenarioError{fmt::format("expected node numbers below {}, got {}",
                                            Topology::node_limit, echo(parts[1]))};
        machine_.nodes.push_back({static_cast<std::uint32_t>(*number)});
        return read_bytes(parts[2], machine_.nodes.back().memory);
    }
    bool read_cpu(const std::vector<std::string_view>& parts) {
        const auto number = number_below(CpuSet::limit, parts[1]);
        if (!number)
            throw ScenarioError{fmt::format("expected CPU numbers below {}, got {}", CpuSet::limit,
                                            echo(parts[1]))};
        FoundCpu& cpu = machine_.cpus.emplace_back();
        cpu.cpu = static_cast<std::uint32_t>(*number);
        std::optional<std::uint64_t> node;
        const bool is_read = read_key(parts[2], node) && read_key(parts[3], cpu.core) &&
                             read_key(parts[4], cpu.cache) && read_key(parts[5], cpu.socket);
        if (node && *node < Topology::node_limit) cpu.node = static_cast<std::uint32_t>(*node);
        return is_read;
    }
    static bool read_key(std::string_view word, std::optional<std::uint64_t>& key) {
        if (word == "-") return true;
        key = number_below(std::numeric_limits<std::uint64_t>::max(), word);
        return key.has_value();
    }
    bool read_distances(const std::vector<std::string_view>& parts) {
        for (std::size_t i = 1; i < parts.size(); ++i) {
            const auto value = number_below(std::uint64_t{1} << 31, parts[i]);
            if (!value) return false;
            machine_.distances.push_back(static_cast<int>(*value));
        }
        return true;
    }

    FoundMachine machine_;
    bool is_whole_ = false;
};

}  // namespace

FoundMachine machine_of_message(const std::string& file, std::string_view message) {
    FoundMachine machine;
    try {
        machine = MessageReader{}.read(message);
    } catch (const ScenarioError& error) {
        throw ScenarioError{file + ": " + error.what()};
    }
    make_consistent(file, machine);
    return machine;
}

}  // namespace pcpsim
