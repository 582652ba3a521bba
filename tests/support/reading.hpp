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

}  // namespace pcpsim
