#include "analysis/calibration/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <tuple>
#include <utility>

#include "analysis/calibration/cost.hpp"
#include "analysis/replay/recorded_requests.hpp"
#include "models/config/field.hpp"
#include "models/config/json.hpp"
#include "models/config/option.hpp"

namespace pcpsim {
namespace {

struct AnchorEntry {
    Node cost;
    Node cell;
    Node start;
    static constexpr auto fields() {
        using Self = AnchorEntry;
        return std::tuple{
            field("cost", &Self::cost, "JSON pointer of a cost of the machine").required(),
            field("cell", &Self::cell, "the first published cell of a curve").required(),
            field("start", &Self::start, "where the search for its value begins").required()};
    }
};

struct FitEntry {
    Node cost;
    Node start;
    Node lower;
    Node upper;
    static constexpr auto fields() {
        using Self = FitEntry;
        return std::tuple{
            field("cost", &Self::cost, "JSON pointer of a cost of the machine").required(),
            field("start", &Self::start, "where the search begins").required(),
            field("lower", &Self::lower, "least value that makes sense").required(),
            field("upper", &Self::upper, "greatest value that makes sense").required()};
    }
};

struct CalibrationFile {
    std::string question;
    Node scenario;
    std::vector<std::string> set;
    Node reference;
    std::string column;
    Node anchors;
    Node fit;
    static constexpr auto fields() {
        using Self = CalibrationFile;
        return std::tuple{
            field("question", &Self::question, "what the fit is to answer"),
            field("scenario", &Self::scenario, "the scenario's file").required(),
            field("set", &Self::set, "changes of the scenario, as --set"),
            field("reference", &Self::reference, "the published table's file").required(),
            field("column", &Self::column, "the published column").required(),
            field("anchors", &Self::anchors, "costs that make up the rest of a cell"),
            field("fit", &Self::fit, "costs that are fitted to the rest").required()};
    }
};

/// The file that a value names, relative to the one that it stands in.
std::string path_of(const Node& reference) {
    return (std::filesystem::path{reference.place.source->directory} / reference.text)
        .lexically_normal()
        .string();
}

/// A cost's name from its pointer; none is added to the errors.
std::optional<std::string> read_pointer(const Node& pointer, std::vector<std::string>& taken,
                                        Errors& errors) {
    const std::string prefix = "/costs/";
    std::vector<std::string> pointers;
    for (const std::string& name : cost_names()) pointers.push_back(prefix + name);
    if (pointer.kind != Node::Kind::string ||
        std::find(pointers.begin(), pointers.end(), pointer.text) == pointers.end()) {
        errors.add(pointer, "the JSON pointer of a cost, such as \"/costs/page_fault\"",
                   suggestion(pointer.text, pointers));
        return std::nullopt;
    }
    std::string name = pointer.text.substr(prefix.size());
    if (std::find(taken.begin(), taken.end(), name) != taken.end()) {
        errors.add(pointer, "a cost that no other entry names");
        return std::nullopt;
    }
    taken.push_back(name);
    return name;
}

std::vector<AnchoredCost> read_anchors(const Node& list, const PublishedColumn& column,
                                       std::vector<std::string>& taken, Errors& errors) {
    std::vector<AnchorEntry> entries;
    read(list, entries, errors);
    std::vector<std::string> first;
    for (std::size_t i = 0; i < column.cells.size(); ++i)
        if (i == 0 || column.cells[i - 1].curve() != column.cells[i].curve())
            first.push_back(column.cells[i].operation);
    std::vector<AnchoredCost> anchors;
    for (const AnchorEntry& entry : entries) {
        if (!errors.empty()) break;
        const auto name = read_pointer(entry.cost, taken, errors);
        if (!name) continue;
        const auto found = std::find(first.begin(), first.end(), entry.cell.text);
        if (found == first.end())
            errors.add(entry.cell, "the first cell of a curve that no other anchor meets: " +
                                       (first.empty() ? "there is none" : join(first)));
        else
            first.erase(found);
        anchors.push_back({*name, entry.cell.text, read_cost(entry.start, *name, errors)});
    }
    return anchors;
}

std::vector<FittedCost> read_fit(const Node& list, std::vector<std::string>& taken,
                                 Errors& errors) {
    std::vector<FitEntry> entries;
    const bool is_list = list.kind == Node::Kind::array;
    if (!is_list || list.elements.empty() || list.elements.size() > fitted_costs_limit) {
        errors.add(list, fmt::format("an array of 1..{} fitted costs", fitted_costs_limit));
        return {};
    }
    read(list, entries, errors);
    std::vector<FittedCost> fit;
    for (const FitEntry& entry : entries) {
        if (entry.cost.place.source == nullptr) continue;  // missing, which is said already
        const auto name = read_pointer(entry.cost, taken, errors);
        if (!name || !entry.start.place.source || !entry.lower.place.source ||
            !entry.upper.place.source)
            continue;
        Errors wrong;
        FittedCost cost{*name, read_cost(entry.start, *name, wrong),
                        read_cost(entry.lower, *name, wrong), read_cost(entry.upper, *name, wrong)};
        if (wrong.empty() && cost.lower >= cost.upper)
            wrong.add(entry.upper, "a value above \"lower\"");
        else if (wrong.empty() && (cost.start < cost.lower || cost.start > cost.upper))
            wrong.add(entry.start, "a value between \"lower\" and \"upper\"");
        errors.add(wrong);
        fit.push_back(std::move(cost));
    }
    return fit;
}

/// Leaves the column's strategy alone in the scenario, and the column alone in the table.
void keep_column(const CalibrationFile& file, const Node& root, Calibration& calibration,
                 Errors& errors) {
    std::vector<PublishedColumn>& columns = calibration.published.columns;
    std::vector<std::string> names;
    for (const PublishedColumn& column : columns) names.push_back(column.name);
    std::erase_if(columns, [&](const auto& column) { return column.name != file.column; });
    if (columns.empty()) {
        errors.add(*root.find("column"), "one of " + join(names), suggestion(file.column, names));
        return;
    }
    auto& strategies = calibration.scenario.strategies;
    const std::string& model = columns.front().strategy;
    std::erase_if(strategies,
                  [&](const auto& strategy) { return strategy.drain.model() != model; });
    if (strategies.empty())
        errors.add(*root.find("column"), "a column whose strategy the scenario runs",
                   " (" + quote(model) + ")");
    else
        strategies.erase(strategies.begin() + 1, strategies.end());
}

}  // namespace

Calibration read_calibration(const Node& root, Errors& errors,
                             const std::vector<std::string>& assignments) {
    CalibrationFile file;
    read(root, file, errors);
    for (const Node* const reference : {&file.scenario, &file.reference})
        if (reference->place.source && reference->kind == Node::Kind::string)
            read_json(*reference, errors);
        else if (reference->place.source)
            errors.add(*reference, "the name of a file");
    errors.throw_if_any();

    std::vector<std::string> changes = file.set;
    changes.insert(changes.end(), assignments.begin(), assignments.end());
    Node scenario = read_json(path_of(file.scenario), errors);
    for (const std::string& change : changes) apply_set(scenario, change, errors);
    const RequestReader recordings;
    Calibration calibration{
        read_scenario(scenario, errors, &recordings), *scenario.find("machine"), {}, {}, {}};
    calibration.published =
        read_published(path_of(file.reference), calibration.scenario.machine.id);
    keep_column(file, root, calibration, errors);
    errors.throw_if_any();
    std::vector<std::string> taken;
    if (root.find("anchors"))
        calibration.anchors =
            read_anchors(file.anchors, calibration.published.columns.front(), taken, errors);
    calibration.fit = read_fit(file.fit, taken, errors);
    errors.throw_if_any();
    return calibration;
}

Calibration read_calibration(const std::string& path, const std::vector<std::string>& assignments) {
    Errors errors;
    return read_calibration(read_json(path, errors), errors, assignments);
}

}  // namespace pcpsim
