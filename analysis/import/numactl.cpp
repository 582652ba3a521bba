#include "analysis/import/numactl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/import/guesses.hpp"
#include "analysis/import/words.hpp"
#include "models/config/errors.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

class NumactlReader {
public:
    NumactlReader(const std::string& file, std::string_view text) : file_{file}, text_{text} {}

    FoundMachine read() {
        while (!text_.empty()) {
            const std::string_view line = take_line(text_);
            ++number_;
            read_line(line, words(line));
        }
        if (machine_.nodes.empty()) refuse("nodes with their CPUs", "none");
        place_distances();
        guess_cores(machine_);
        guess_sockets_by_distance(machine_);
        make_consistent(file_, machine_);
        return std::move(machine_);
    }

private:
    [[noreturn]] void refuse(const std::string& expected, std::string_view got) const {
        throw ScenarioError{
            fmt::format("{}:{}:1: expected {}, got {}", file_, number_, expected, echo(got))};
    }

    void read_line(std::string_view line, const std::vector<std::string_view>& parts) {
        if (parts.empty() || parts.front() == "available:" || parts.front() == "No") return;
        if (parts.front() != "node") return read_row(line, parts);
        if (parts.size() > 2 && parts[2] == "cpus:") return read_cpus(line, parts);
        if (parts.size() > 3 && parts[2] == "size:") return read_size(line, parts);
        if (parts.size() > 2 && parts[2] == "free:") return;
        if (parts.size() > 1 && parts[1] == "distances:") return;
        columns_.clear();
        for (std::size_t i = 1; i < parts.size(); ++i) columns_.push_back(node_number(parts[i]));
    }

    std::uint32_t node_number(std::string_view word) const {
        const auto number = number_below(Topology::node_limit, word);
        if (!number) refuse(fmt::format("a node number below {}", Topology::node_limit), word);
        return static_cast<std::uint32_t>(*number);
    }
    FoundNode& node(std::string_view word) {
        const std::uint32_t number = node_number(word);
        const auto same = [&](const FoundNode& known) { return known.node == number; };
        const auto known = std::find_if(machine_.nodes.begin(), machine_.nodes.end(), same);
        if (known != machine_.nodes.end()) return *known;
        machine_.nodes.push_back({number});
        return machine_.nodes.back();
    }

    /// One number after the other; some versions print ranges.
    void read_cpus(std::string_view line, const std::vector<std::string_view>& parts) {
        const std::uint32_t own = node(parts[1]).node;
        for (std::size_t i = 3; i < parts.size(); ++i) {
            const auto some = CpuSet::parse(parts[i]);
            if (!some) refuse(fmt::format("CPU numbers below {}", CpuSet::limit), line);
            if (!(seen_ & *some).empty()) refuse("each CPU once", line);
            for (const CpuId cpu : *some) {
                machine_.cpus.emplace_back().cpu = cpu.number();
                machine_.cpus.back().node = own;
            }
            seen_ |= *some;
        }
    }

    void read_size(std::string_view line, const std::vector<std::string_view>& parts) {
        constexpr std::uint64_t most = std::uint64_t{1} << 40;  // MB
        if (parts[3] == "<not") {                               // "<not available>"
            machine_.remarks.push_back(
                fmt::format("no memory on node {}, whose size is not said", node(parts[1]).node));
            return;
        }
        const auto size = number_below(most, parts[3]);
        if (!size || parts.size() != 5 || parts[4] != "MB") refuse("a size such as 64215 MB", line);
        node(parts[1]).memory = Bytes{static_cast<std::int64_t>(*size)} * (std::int64_t{1} << 20);
    }

    /// "  8:  40  10"
    void read_row(std::string_view line, const std::vector<std::string_view>& parts) {
        if (!parts.front().ends_with(':') || columns_.empty())
            refuse("a line of numactl --hardware", line);
        const std::uint32_t from = node_number(parts[0].substr(0, parts[0].size() - 1));
        if (parts.size() != columns_.size() + 1)
            refuse(fmt::format("{} distances, one per node", columns_.size()), line);
        for (std::size_t i = 1; i < parts.size(); ++i) {
            const auto distance = number_below(256, parts[i]);
            if (!distance) refuse("distances below 256", line);
            distance_[{from, columns_[i - 1]}] = static_cast<int>(*distance);
        }
    }

    void place_distances() {
        if (distance_.empty()) return;
        for (const FoundNode& from : machine_.nodes)
            for (const FoundNode& to : machine_.nodes) {
                const auto known = distance_.find({from.node, to.node});
                if (known == distance_.end())
                    throw ScenarioError{
                        fmt::format("{}: expected a distance from node {} to node {}, got none",
                                    file_, from.node, to.node)};
                machine_.distances.push_back(known->second);
            }
    }

    const std::string& file_;
    std::string_view text_;
    std::size_t number_ = 0;
    FoundMachine machine_{.tool = "numactl --hardware"};
    CpuSet seen_;
    std::vector<std::uint32_t> columns_;
    std::map<std::pair<std::uint32_t, std::uint32_t>, int> distance_;
};

}  // namespace

FoundMachine read_numactl(const std::string& file, std::string_view text) {
    return NumactlReader{file, text}.read();
}

}  // namespace pcpsim
