#pragma once
// Reading JSON from the text of a test.
#include <string>
#include <utility>

#include "models/config/json.hpp"

namespace pcpsim {

/// What `read(node, errors)` complains about in a file "t.json" of this text, or "".
template <class Read>
std::string complaints(std::string text, Read read) {
    try {
        Errors errors;
        const Node node = parse_json(Source{"t.json", std::move(text)}, errors);
        errors.throw_if_any();
        read(node, errors);
        errors.throw_if_any();
        return {};
    } catch (const ScenarioError& error) {
        return error.what();
    }
}

/// The text with the only occurrence of `from` replaced; the text itself if there is none.
inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// Calls visit(value) for every value below the node.
template <class Visit>
void for_each_value(Node& node, Visit visit) {
    for (Node& element : node.elements) {
        visit(element);
        for_each_value(element, visit);
    }
    for (auto& [key, value] : node.members) {
        visit(value);
        for_each_value(value, visit);
    }
}

/// Reads the text with each value in turn replaced by values of every sort, and counts how often
/// that was refused. Fails by a crash, or if one of the values is no JSON.
template <class Read>
std::size_t refusals_of_odd_values(const std::string& text, Read read) {
    Errors none;
    Node file = parse_json(Source{"t.json", text}, none);
    std::size_t refusals = 0;
    for_each_value(file, [&](Node& value) {
        const Node original = value;
        for (const char* odd : {"null", "0", "-1", "8192", "\"\"", "\"1ps\"", "\"64TiB\"",
                                "\"0-8191\"", "\"cache*\"", "[]", "[{}]", "{}"}) {
            value = parse_json(Source{"odd", odd}, none);
            Errors errors;
            read(file, errors);
            if (!errors.empty()) ++refusals;
        }
        value = original;
    });
    none.throw_if_any();
    return refusals;
}

}  // namespace pcpsim
