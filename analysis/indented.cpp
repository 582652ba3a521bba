#include "analysis/indented.hpp"

#include "models/config/text.hpp"

namespace pcpsim {
namespace {

constexpr std::size_t width = 100;

/// On one line, with a blank where canonical JSON has none.
std::string inlined(const Node& json) {
    std::string text;
    const auto add = [&](const std::string& element) {
        text += (text.empty() ? "" : ", ") + element;
    };
    switch (json.kind) {
        case Node::Kind::array:
            for (const Node& element : json.elements) add(inlined(element));
            return "[" + text + "]";
        case Node::Kind::object:
            for (const auto& [key, value] : json.members)
                add(quote(key.text) + ": " + inlined(value));
            return text.empty() ? "{}" : "{ " + text + " }";
        default:
            return json.canonical();
    }
}

/// `used` is what stands before the value on its line, and behind it.
void append(std::string& out, const Node& json, const std::string& margin, std::size_t used) {
    const std::string line = inlined(json);
    if (margin.size() + used + line.size() <= width ||
        (json.elements.empty() && json.members.empty())) {
        out += line;
        return;
    }
    const std::string inner = margin + "  ";
    const bool is_array = json.kind == Node::Kind::array;
    out += is_array ? '[' : '{';
    const char* separator = "\n";
    for (const Node& element : json.elements) {
        out += separator + inner;
        append(out, element, inner, 1);
        separator = ",\n";
    }
    for (const auto& [key, value] : json.members) {
        const std::string name = quote(key.text) + ": ";
        out += separator + inner + name;
        append(out, value, inner, name.size() + 1);
        separator = ",\n";
    }
    out += '\n' + margin + (is_array ? ']' : '}');
}

}  // namespace

std::string indented(const Node& json) {
    std::string text;
    append(text, json, {}, 0);
    return text + '\n';
}

}  // namespace pcpsim
