#include "models/config/overlay.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "models/config/field.hpp"
#include "models/config/json.hpp"

namespace pcpsim {
namespace {

constexpr int base_limit = 8;  // a file that is its own base would not end

Node resolve(Node file, Errors& errors, int depth) {
    const Node* const base = file.find("base");
    if (!base || !check_keys(file, {"base", "overrides"}, errors)) return file;
    if (depth == base_limit) {
        errors.add(*base, fmt::format("at most {} files that build on each other", base_limit));
        return file;
    }
    std::optional<Node> content = read_json(*base, errors);
    if (!content) return file;
    Node below = resolve(std::move(*content), errors, depth + 1);
    const Node* const overrides = file.find("overrides");
    return overrides ? merge(std::move(below), *overrides) : below;
}

}  // namespace

Node merge(Node base, const Node& overrides) {
    if (base.kind != Node::Kind::object || overrides.kind != Node::Kind::object) return overrides;
    for (const Member& member : overrides.members) {
        if (Node* const below = base.find(member.key.text))
            *below = merge(std::move(*below), member.value);
        else
            base.members.push_back(member);
    }
    return base;
}

Node resolve_base(Node file, Errors& errors) { return resolve(std::move(file), errors, 0); }

}  // namespace pcpsim
