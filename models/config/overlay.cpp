#include "models/config/overlay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "models/config/field.hpp"
#include "models/config/json.hpp"

namespace pcpsim {
namespace {

constexpr std::size_t base_limit = 4;

/// `names` are the files that build on this one.
Node resolve(Node file, Errors& errors, std::vector<std::string> names) {
    const Node* const base = file.find("base");
    if (!base || !check_keys(file, {"base", "overrides"}, errors)) return file;
    if (names.size() == base_limit) {
        errors.add(*base, fmt::format("at most {} files that build on each other", base_limit));
        return file;
    }
    std::optional<Node> content = read_json(*base, errors);
    if (!content) return file;
    names.push_back(file.place.source->name);
    if (std::find(names.begin(), names.end(), content->place.source->name) != names.end()) {
        errors.add(*base, "a file that does not build on this one");
        return file;
    }
    Node below = resolve(std::move(*content), errors, std::move(names));
    const Node* const overrides = file.find("overrides");
    return overrides ? merge(std::move(below), *overrides) : below;
}

}  // namespace

Node merge(Node base, const Node& overrides) {
    if (base.kind != Node::Kind::object || overrides.kind != Node::Kind::object) return overrides;
    std::map<std::string, std::size_t> places;
    for (const Member& member : base.members) places.emplace(member.key.text, places.size());
    for (const Member& member : overrides.members) {
        const auto place = places.find(member.key.text);
        if (place == places.end()) {
            base.members.push_back(member);
        } else {
            Node& below = base.members[place->second].value;
            below = merge(std::move(below), member.value);
        }
    }
    return base;
}

Node resolve_base(Node file, Errors& errors) { return resolve(std::move(file), errors, {}); }

}  // namespace pcpsim
