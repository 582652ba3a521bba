#include "models/config/node.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/config/text.hpp"

namespace pcpsim {

std::string Place::pointer() const {
    std::vector<const Step*> steps;
    for (const Step* step = way.get(); step != nullptr; step = step->above.get())
        steps.push_back(step);
    std::string pointer;
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) pointer += (*step)->text;
    return pointer;
}

std::string Place::position() const {
    if (source->option) return source->name;
    const std::string_view before = std::string_view{source->text}.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::string_view row = before.substr(before.rfind('\n') + 1);
    const auto column = std::count_if(row.begin(), row.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;  // UTF-8 continuation bytes
    });
    return fmt::format("{}:{}:{}", source->name, line, column + 1);
}

std::string Place::text() const {
    return position() + (source->option ? " " : ": ") + (way ? echo(pointer()) : "/");
}

Place Place::child(std::string_view key) const {
    std::string text{'/'};
    for (const char byte : key) {
        if (byte == '~')
            text += "~0";
        else if (byte == '/')
            text += "~1";
        else
            text += byte;
    }
    return {source, offset, std::make_shared<const Step>(Step{way, std::move(text)})};
}

const Node* Node::find(std::string_view key) const {
    const auto found = std::find_if(members.begin(), members.end(),
                                    [&](const Member& member) { return member.key.text == key; });
    return found == members.end() ? nullptr : &found->value;
}

Node* Node::find(std::string_view key) {
    return const_cast<Node*>(static_cast<const Node&>(*this).find(key));
}

std::string Node::as_written() const {
    if (end == 0) return echo(canonical());
    return echo(std::string_view{place.source->text}.substr(place.offset, end - place.offset));
}

std::string Node::canonical() const {
    std::string json;
    const auto separate = [&] { json += json.size() > 1 ? "," : ""; };
    switch (kind) {
        case Kind::string:
            return quote(text);
        case Kind::array:
            json = "[";
            for (const Node& element : elements) {
                separate();
                json += element.canonical();
            }
            return json + "]";
        case Kind::object:
            json = "{";
            for (const Member& member : members) {
                separate();
                json += quote(member.key.text) + ":" + member.value.canonical();
            }
            return json + "}";
        default:
            return text;
    }
}

}  // namespace pcpsim
