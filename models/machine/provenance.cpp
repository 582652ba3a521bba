#include "models/machine/provenance.hpp"

#include <optional>

namespace pcpsim {
namespace {

/// Reads "kind" and "source" of an object and removes them from it.
std::optional<Provenance> take_own(Node& object, Errors& errors) {
    const auto is_own = [](const Member& member) {
        return member.key.text == "kind" || member.key.text == "source";
    };
    Node own;
    own.kind = object.kind;
    own.place = object.place;
    for (const Member& member : object.members)
        if (is_own(member)) own.members.push_back(member);
    std::erase_if(object.members, is_own);
    if (own.members.empty()) return std::nullopt;
    Provenance provenance;
    read(own, provenance, errors);
    return provenance;
}

void take(Node& node, const std::string& pointer, std::optional<Provenance> provenance,
          Provenances& found, Errors& errors) {
    if (node.kind == Node::Kind::object)
        if (std::optional<Provenance> own = take_own(node, errors)) provenance = std::move(own);
    if (const Node* const bare = node.find("value")) {
        Node value = *bare;
        for (const auto& [key, ignored] : node.members)
            if (key.text != "value") errors.add(key, "one of value, kind, source");
        node = std::move(value);
    }
    for (auto& [key, value] : node.members)
        take(value, pointer + "/" + key.text, provenance, found, errors);
    if (provenance && node.kind != Node::Kind::object) found[pointer] = *provenance;
}

}  // namespace

Provenances take_provenance(Node& file, Errors& errors) {
    Provenances found;
    take(file, "", std::nullopt, found, errors);
    return found;
}

}  // namespace pcpsim
