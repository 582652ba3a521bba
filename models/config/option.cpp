#include "models/config/option.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "models/config/json.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

/// The value of an option, located at its pointer.
Node parse_value(Source source, Errors& errors) {
    try {
        return parse_json(source, errors);
    } catch (const ScenarioError&) {
        source.text = quote(source.text);
        return parse_json(std::move(source), errors);
    }
}

/// The keys of a JSON pointer, where ~1 stands for a slash and ~0 for a tilde.
std::vector<std::string> split(std::string_view pointer) {
    std::vector<std::string> keys;
    for (std::size_t i = 0; i < pointer.size(); ++i) {
        const std::string_view escape = pointer.substr(i, 2);
        if (pointer[i] == '/') {
            keys.emplace_back();
        } else if (escape == "~0" || escape == "~1") {
            keys.back() += escape == "~0" ? '~' : '/';
            ++i;
        } else {
            keys.back() += pointer[i];
        }
    }
    return keys;
}

/// The child that a segment of a pointer names, created if need be; nullptr if there cannot be one.
Node* descend(Node& parent, const std::string& key, const Place& place, Errors& errors) {
    if (parent.kind == Node::Kind::array) {
        const Parsed<std::size_t> index = Scalar<std::size_t>::parse(key);
        const auto* const number = std::get_if<std::size_t>(&index);
        if (number && *number < parent.elements.size()) return &parent.elements[*number];
        errors.add(place, fmt::format("an index below {}", parent.elements.size()), quote(key));
        return nullptr;
    }
    if (parent.kind == Node::Kind::null) parent.kind = Node::Kind::object;
    if (parent.kind != Node::Kind::object) {
        errors.add(place, "an object or an array around it", parent.as_written());
        return nullptr;
    }
    if (Node* const child = parent.find(key)) return child;
    Node name;
    name.kind = Node::Kind::string;
    name.text = key;
    name.place = place;
    Node child;
    child.place = place;
    parent.members.push_back(Member{std::move(name), std::move(child)});
    return &parent.members.back().value;
}

}  // namespace

void apply_set(Node& root, const std::string& assignment, Errors& errors) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || !assignment.starts_with('/'))
        throw ScenarioError{
            fmt::format("--set: expected /pointer=value, got {}", echo(quote(assignment)))};
    const std::string pointer = assignment.substr(0, equals);
    Node value = parse_value(
        Source{"--set", assignment.substr(equals + 1), root.place.source->directory, pointer},
        errors);
    Node* target = &root;
    Place place{value.place.source};
    const std::vector<std::string> keys = split(pointer);
    if (keys.size() > depth_limit)
        return errors.add(value.place, fmt::format("at most {} levels of nesting", depth_limit),
                          std::to_string(keys.size()));
    for (const std::string& key : keys) {
        place = place.child(key);
        target = descend(*target, key, place, errors);
        if (!target) return;
    }
    *target = std::move(value);
}

}  // namespace pcpsim
