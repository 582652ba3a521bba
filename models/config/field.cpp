#include "models/config/field.hpp"

#include <algorithm>

namespace pcpsim {

bool check_keys(const Node& node, const std::vector<std::string>& keys, Errors& errors) {
    if (node.kind != Node::Kind::object) {
        errors.add(node, "an object");
        return false;
    }
    std::size_t unknown = 0;
    for (const auto& [key, value] : node.members) {
        if (std::find(keys.begin(), keys.end(), key.text) != keys.end()) continue;
        if (++unknown > Errors::shown)  // a suggestion that nobody would see takes its time, too
            errors.add_unshown();
        else
            errors.add(key, keys.empty() ? "no key" : "one of " + join(keys),
                       suggestion(key.text, keys));
    }
    return true;
}

}  // namespace pcpsim
