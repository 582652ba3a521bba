#include "analysis/import/lscpu.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "analysis/import/lscpu_summary.hpp"
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

std::vector<std::string_view> cut(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (std::size_t end = 0; end != std::string_view::npos;) {
        end = text.find(separator);
        parts.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return parts;
}

/// Which caches a column such as "L1d:L1i:L2:L3" is about.
class CacheColumn {
public:
    explicit CacheColumn(std::string_view name) : names_{cut(name, ':')} {}

    /// The key of the highest cache for data that is known.
    [[nodiscard]] std::optional<std::uint64_t> last_level(std::string_view value) const {
        const std::vector<std::string_view> numbers = cut(value, ':');
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
        if (is_offline(row)) {
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
            if (is_cache(name))
                if (const auto cache = CacheColumn{name}.last_level(value))
                    found.cache = std::max(found.cache.value_or(0), *cache);
        if (const std::string* const model = find(row, "modelname"))
            if (machine_.processor.empty() && *model != "-") machine_.processor = *model;
        if (const auto node = key(row, "node")) add_node(where, found, *node);
    }

    FoundMachine finish() {
        make_consistent(file_, machine_);
        return std::move(machine_);
    }

private:
    /// "l1d:l1i:l2:l3", or "l3" alone.
    static bool is_cache(std::string_view name) {
        return name.size() > 1 && name[0] == 'l' && name[1] >= '1' && name[1] <= '9';
    }
    /// Without a column that says it, an offline CPU shows by being nowhere.
    static bool is_offline(const Row& row) {
        if (const std::string* const online = find(row, "online"))
            return *online == "no" || *online == "false";
        std::size_t places = 0;
        for (const char* name : {"node", "socket", "core"})
            if (const std::string* const value = find(row, name)) {
                if (*value != "-" && !value->empty()) return false;
                ++places;
            }
        return places > 1;
    }
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

/// The only cell that has blanks in it.
void join_model_name(const std::vector<std::string>& names, std::vector<std::string_view>& cells) {
    const auto column = std::find(names.begin(), names.end(), "modelname") - names.begin();
    if (cells.size() <= names.size() || column == std::ssize(names)) return;
    const auto begin = cells.begin() + column;
    const auto last = begin + static_cast<std::ptrdiff_t>(cells.size() - names.size());
    *begin = {begin->data(), static_cast<std::size_t>(last->data() + last->size() - begin->data())};
    cells.erase(begin + 1, last + 1);
}

std::string cell_of(const Node& value) { return value.kind == Node::Kind::null ? "-" : value.text; }

}  // namespace

FoundMachine read_lscpu_table(const std::string& file, std::string_view text) {
    Rows rows{file};
    // What `lscpu -p` prints is separated by commas, and its last comment names the columns.
    const bool is_parsable = text.starts_with('#');
    std::vector<std::string> names;
    for (std::size_t number = 1; !text.empty(); ++number) {
        std::string_view line = take_line(text);
        const bool is_comment = line.starts_with('#');
        if (is_comment) line.remove_prefix(std::min(line.find_first_not_of("# "), line.size()));
        auto cells = is_parsable ? cut(line, ',') : words(line);
        if (words(line).empty() || (is_comment && !is_parsable)) continue;
        if (is_comment || names.empty()) {
            names.clear();
            for (const std::string_view cell : cells) names.push_back(lower(cell));
            continue;
        }
        join_model_name(names, cells);
        const std::string where = fmt::format("{}:{}:1", file, number);
        if (cells.size() != names.size())
            throw ScenarioError{
                fmt::format("{}: expected {} columns, as the first line has, got {}", where,
                            names.size(), cells.size())};
        Row row;
        for (std::size_t i = 0; i < cells.size(); ++i) row.emplace_back(names[i], cells[i]);
        rows.add(where, row);
    }
    return rows.finish();
}

FoundMachine read_lscpu_json(const std::string& file, std::string_view text) {
    Errors errors;
    const Node json = parse_json(Source{file, std::string{text}}, errors);
    errors.throw_if_any();
    if (const Node* const summary = json.find("lscpu")) return read_lscpu_summary(file, *summary);
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
