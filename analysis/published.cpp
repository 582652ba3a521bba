#include "analysis/published.hpp"

#include <algorithm>
#include <charconv>

#include "models/config/errors.hpp"
#include "models/config/field.hpp"
#include "models/config/json.hpp"
#include "sim/check.hpp"

namespace pcpsim {
namespace {

/// The file as written: {column: {curve: {point: mean}}} and {column: {operation: gain}}.
struct MachineEntry {
    std::string id;
    std::string described_as;
    Node results;
    Node significant;
    Node gain_percent;
    std::vector<std::string> fitted;

    static constexpr auto fields() {
        return std::tuple{
            field("id", &MachineEntry::id, "the id in the machine's file").required(),
            field("described_as", &MachineEntry::described_as, "the machine in the source's words"),
            field("results", &MachineEntry::results, "means by column, curve and point").required(),
            field("significant", &MachineEntry::significant, "operations with a star, by column"),
            field("gain_percent", &MachineEntry::gain_percent,
                  "gains over the first column as printed, by column and operation"),
            field("fitted", &MachineEntry::fitted, "columns that costs were fitted to")};
    }
};

struct ReferenceFile {
    std::string source;
    std::string benchmark;
    std::string statistic;
    std::string unit;
    Direction direction = Direction::lower;
    std::string significance_rule;
    std::string note;
    Node columns;
    Node strategies;
    std::vector<MachineEntry> machines;

    static constexpr auto fields() {
        return std::tuple{
            field("source", &ReferenceFile::source, "who published it where and when").required(),
            field("benchmark", &ReferenceFile::benchmark, "as metrics name it: pft").required(),
            field("statistic", &ReferenceFile::statistic, "what was published of the samples"),
            field("unit", &ReferenceFile::unit, "of the means").required(),
            field("direction", &ReferenceFile::direction, "which way is good"),
            field("significance_rule", &ReferenceFile::significance_rule, "what a star means"),
            field("note", &ReferenceFile::note, "anything else"),
            field("columns", &ReferenceFile::columns, "what each column measured").required(),
            field("strategies", &ReferenceFile::strategies, "the model of each column").required(),
            field("machines", &ReferenceFile::machines, "the tables").required()};
    }
};

double read_number(const Node& node, Errors& errors) {
    double number = 0;
    const char* const end = node.text.data() + node.text.size();
    const auto [stop, error] = std::from_chars(node.text.data(), end, number);
    if (node.kind != Node::Kind::number || error != std::errc{} || stop != end)
        errors.add(node, "a number");
    return number;
}

double read_mean(const Node& node, Errors& errors) {
    const double mean = read_number(node, errors);
    if (node.kind == Node::Kind::number && mean <= 0) errors.add(node, "a number above 0");
    return mean;
}

std::vector<PublishedCell> read_cells(const Node& column, const Node* gains, Errors& errors) {
    std::vector<PublishedCell> cells;
    for (const auto& [curve, points] : column.members) {
        if (points.kind != Node::Kind::object) {
            errors.add(points, "an object");
            continue;
        }
        std::uint32_t previous = 0;
        for (const auto& [point, mean] : points.members) {
            const Parsed<std::uint32_t> at = Scalar<std::uint32_t>::parse(point.text);
            const std::uint32_t number = std::holds_alternative<Refused>(at) ? 0 : std::get<0>(at);
            if (number <= previous)
                errors.add(point, "whole numbers from 1 up, each above the one before");
            previous = number;
            PublishedCell cell{curve.text + "-" + point.text, read_mean(mean, errors), {}};
            if (const Node* const gain = gains ? gains->find(cell.operation) : nullptr)
                cell.gain = read_number(*gain, errors);
            cells.push_back(std::move(cell));
        }
    }
    return cells;
}

PublishedTable read_machine(const ReferenceFile& file, const MachineEntry& entry, Errors& errors) {
    PublishedTable table{file.source, file.benchmark, file.unit, file.direction, entry.id, {}};
    std::vector<std::string> names;
    for (const auto& [name, meaning] : file.columns.members) names.push_back(name.text);
    const bool is_given = entry.results.place.source != nullptr;
    if (!is_given || !check_keys(entry.results, names, errors)) return table;
    for (const auto& [name, results] : entry.results.members) {
        if (results.kind != Node::Kind::object) {
            errors.add(results, "an object");
            continue;
        }
        PublishedColumn column;
        column.name = name.text;
        if (const Node* const model = file.strategies.find(name.text))
            read(*model, column.strategy, errors);
        column.fitted =
            std::find(entry.fitted.begin(), entry.fitted.end(), name.text) != entry.fitted.end();
        column.cells = read_cells(results, entry.gain_percent.find(name.text), errors);
        table.columns.push_back(std::move(column));
    }
    return table;
}

}  // namespace

double PublishedCell::at() const {
    double number = 0;
    const char* const digits = operation.data() + operation.rfind('-') + 1;
    std::from_chars(digits, operation.data() + operation.size(), number);
    return number;
}

std::vector<PublishedTable> read_published(const Node& node, Errors& errors) {
    ReferenceFile file;
    read(node, file, errors);
    std::vector<PublishedTable> tables;
    for (const MachineEntry& entry : file.machines)
        tables.push_back(read_machine(file, entry, errors));
    return tables;
}

PublishedTable read_published(const std::string& path, const std::string& machine) {
    Errors errors;
    const Node node = read_json(path, errors);
    std::vector<std::string> machines;
    for (PublishedTable& table : read_published(node, errors)) {
        if (table.machine == machine) {
            errors.throw_if_any();
            return std::move(table);
        }
        machines.push_back(table.machine);
    }
    if (const Node* const given = node.find("machines"))
        errors.add(given->place, "a table of machine " + quote(machine),
                   machines.empty() ? "none" : "tables of " + join(machines));
    errors.throw_if_any();
    broken_law("a reference file without machines is an error");
}

}  // namespace pcpsim
