#include "models/config/registry.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pcpsim {

std::optional<ChoiceEntry> read_entry(const Node& node, const std::vector<std::string>& models,
                                      const std::vector<std::string>& more_keys, Errors& errors) {
    std::vector<std::string> keys{"model", "params", "label"};
    keys.insert(keys.end(), more_keys.begin(), more_keys.end());
    if (!check_keys(node, keys, errors)) return std::nullopt;

    const Node* const model = node.find("model");
    if (!model) {
        errors.add_missing(node, "model", "one of " + join(models));
        return std::nullopt;
    }
    if (model->kind != Node::Kind::string ||
        std::find(models.begin(), models.end(), model->text) == models.end()) {
        errors.add(*model, "one of " + join(models), suggestion(model->text, models));
        return std::nullopt;
    }

    ChoiceEntry entry{model->text, model->text, {}};
    if (const Node* const label = node.find("label")) {
        read(*label, entry.label, errors);
        if (entry.label.empty()) errors.add(*label, "a label");
    }
    if (const Node* const params = node.find("params")) {
        entry.params = *params;
    } else {
        entry.params.kind = Node::Kind::object;
        entry.params.place = node.place.child("params");
    }
    return entry;
}

std::string entry_schema(const std::vector<SchemaModel>& models,
                         std::vector<SchemaProperty> more_properties) {
    std::vector<std::string> names, rules;
    for (const SchemaModel& model : models) {
        names.push_back(fmt::format(R"({{"const":{},"description":{}}})", quote(model.name),
                                    quote(model.sentence)));
        const bool needs_params =
            std::any_of(model.params.begin(), model.params.end(),
                        [](const SchemaProperty& param) { return param.is_required; });
        rules.push_back(fmt::format(R"({{"if":{{"properties":{{"model":{{"const":{}}}}}}},)"
                                    R"("then":{{"properties":{{"params":{}}}{}}}}})",
                                    quote(model.name), object_schema(model.params),
                                    needs_params ? R"(,"required":["params"])" : ""));
    }
    std::vector<SchemaProperty> properties{
        {"model", fmt::format(R"({{"oneOf":[{}]}})", fmt::join(names, ",")), true},
        {"label", R"({"type":"string","minLength":1,"description":"its name in tables"})"},
        {"params", R"({"type":"object"})"}};
    properties.insert(properties.end(), more_properties.begin(), more_properties.end());
    std::string schema = object_schema(std::move(properties));
    schema.pop_back();
    return fmt::format(R"({},"allOf":[{}]}})", schema, fmt::join(rules, ","));
}

}  // namespace pcpsim
