#include "models/config/registry.hpp"

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
    if (const Node* const label = node.find("label")) read(*label, entry.label, errors);
    if (const Node* const params = node.find("params")) {
        entry.params = *params;
    } else {
        entry.params.kind = Node::Kind::object;
        entry.params.place = node.place.child("params");
    }
    return entry;
}

}  // namespace pcpsim
