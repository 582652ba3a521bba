#include "analysis/import/lscpu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "analysis/import/words.hpp"
#include "models/config/errors.hpp"
#include "models/config/json.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

std::string lower(std::string_view text) {
    std::string lower{text};
    for (char& letter : lower)
        letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
    return lower;
}

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t colon = 0; colon != std::string_view::npos;) {
        colon = text.find(':');
        parts.push_back(text.substr(0, colon));
        text.remove_prefix(std::min(text.size(), colon + 1));
    }
    return parts;
}

/// Which caches a column such as "L1d:L1i:L2:L3" is about.
class CacheColumn {
public:
    explicit CacheColumn(std::string_view name) : names_{parts_of(name)} {}

    /// The key of the highest cache for data that is known.
    [[nodiscard]] std::optional<std::uint64_t> last_level(std::string_view value) const {
        const std::vector<std::string_view> numbers = parts_of(value);
        std::optional<std::uint64_t> key;
        for (std::size_t i = 0; i < std::min(names_.size(), numbers.size()); ++i) {
            const std::string_view name = names_[i];
            if (name.size() < 2 || name.ends_with('i')) continue;
            const auto level = static_cast<std::uint64_t>(static_cast<unsigned char>(name[1]));
            const auto number = number_below(std::uint64_t{1} << 32, numbers[i]);
            const std::uint64_t ranked = (level << 32) + number.value_or(0);
            if (number && (!key || ranked >> 32 >= *key >> 32)) key = ranked;
        }
        return key;
    }

private:
    std::vector<std::string_view> names_;
};

/// Cells by the name of their column, in lower case.
using Row = std::vector<std::pair<std::string, std::string>>;

class Rows {
public:
    explicit Rows(const std::string& file) : file_{file} {}

    void add(const std::string& where, const Row& row) {
        const auto refuse = [&](const std::string& expected, const std::string& got) {
            throw ScenarioError{fmt::format("{}: expected {}, got {}", where, expected, got)};
        };
        const std::string* const cpu = find(row, "cpu");
        if (!cpu) refuse("a CPU in each line", "none");
        const auto number = number_below(CpuSet::limit, *cpu);
        if (!number) refuse(fmt::format("a CPU number below {}", CpuSet::limit), echo(*cpu));
        const std::string* const online = find(row, "online");
        if (online && (*online == "no" || *online == "false")) {
            ++machine_.left_out;
            return;
        }
        if (machine_.cpus.size() == CpuSet::limit) refuse("each CPU once", "more");
        FoundCpu& found = machine_.cpus.emplace_back();
        found.cpu = static_cast<std::uint32_t>(*number);
        found.socket = key(row, "socket");
        found.core = key(row, "core");
        // Some kernels count the cores of each socket from 0.
        if (found.core && found.socket) *found.core |= *found.socket << 32;
        for (const auto& [name, value] : row)
            if (name.starts_with("l1")) found.cache = CacheColumn{name}.last_level(value);
        if (const auto node = key(row, "node")) add_node(where, found, *node);
    }

    FoundMachine finish() {
        make_consistent(file_, machine_);
        return std::move(machine_);
    }

private:
    static const std::string* find(const Row& row, std::string_view name) {
        for (const auto& [key, value] : row)
            if (key == name) return &value;
        return nullptr;
    }
    static std::optional<std::uint64_t> key(const Row& row, std::string_view name) {
        const std::string* const value = find(row, name);
        return value ? number_below(std::uint64_t{1} << 31, *value) : std::nullopt;
    }
    void add_node(const std::string& where, FoundCpu& cpu, std::uint64_t number) {
        if (number >= Topology::node_limit)
            throw ScenarioError{fmt::format("{}: expected a node number below {}, got {}", where,
                                            Topology::node_limit, number)};
        cpu.node = static_cast<std::uint32_t>(number);
        if (std::none_of(machine_.nodes.begin(), machine_.nodes.end(),
                         [&](const FoundNode& known) { return known.node == number; }))
            machine_.nodes.emplace_back().node = *cpu.node;
    }

    const std::string& file_;
    FoundMachine machine_{.tool = "lscpu -e"};
};

std::string cell_of(const Node& value) { return value.kind == Node::Kind::null ? "-" : value.text; }

}  // namespace

FoundMachine read_lscpu_table(const std::string& file, std::string_view text) {
    Rows rows{file};
    std::vector<std::string_view> names;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::vector<std::string_view> cells = words(take_line(text));
        if (cells.empty() || cells.front().starts_with('#')) continue;
        if (names.empty()) {
            names = cells;
            continue;
        }
        const std::string where = fmt::format("{}:{}:1", file, number);
        if (cells.size() != names.size())
            throw ScenarioError{
                fmt::format("{}: expected {} columns, as the first line has, got {}", where,
                            names.size(), cells.size())};
        Row row;
        for (std::size_t i = 0; i < cells.size(); ++i) row.emplace_back(lower(names[i]), cells[i]);
        rows.add(where, row);
    }
    return rows.finish();
}

FoundMachine read_lscpu_json(const std::string& file, std::string_view text) {
    Errors errors;
    const Node json = parse_json(Source{file, std::string{text}}, errors);
    errors.throw_if_any();
    const Node* const cpus = json.find("cpus");
    if (!cpus || cpus->kind != Node::Kind::array)
        throw ScenarioError{file + ": expected \"cpus\", as lscpu -e -J prints them, got " +
                            json.as_written()};
    Rows rows{file};
    for (const Node& cpu : cpus->elements) {
        Row row;
        for (const auto& [name, value] : cpu.members)
            row.emplace_back(lower(name.text), cell_of(value));
        rows.add(cpu.place.text(), row);
    }
    return rows.finish();
}

}  // namespace pcpsim
