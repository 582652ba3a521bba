#include "models/config/schema.hpp"

#include <fmt/format.h>

namespace pcpsim {
namespace {

/// What any object may say beside its own keys, and a value that stands in an object of its own.
const char* const source_keys =
    R"("kind":{"$ref":"#/$defs/kind"},"source":{"$ref":"#/$defs/source"})";
const char* const both_or_neither =
    R"("dependentRequired":{"kind":["source"],"source":["kind"]},"additionalProperties":false)";

std::string definitions() {
    const std::string sourced = fmt::format(
        R"({{"type":"object","properties":{{"value":{{}},{}}},{})", source_keys, both_or_neither);
    return fmt::format(R"("$defs":{{"kind":{{"enum":["measured","specified","fitted","assumed"],)"
                       R"("description":"how the value came to be known"}},)"
                       R"("source":{{"type":"string","description":"where the value comes from"}},)"
                       R"("sourced":{},"required":["value"]}},"partly_sourced":{}}}}})",
                       sourced, sourced);
}

}  // namespace

std::string object_schema(std::vector<SchemaProperty> properties, SchemaStyle style) {
    std::vector<std::string> members, required;
    for (auto& [name, schema, is_required] : properties) {
        if (is_required && !style.is_partial) required.push_back(name);
        members.push_back(quote(name) + ":" + schema);
    }
    if (style.is_sourced) members.push_back(source_keys);
    return fmt::format(R"({{"type":"object","properties":{{{}}},{}{}}})", fmt::join(members, ","),
                       required.empty() ? "" : R"("required":)" + to_json(required) + ",",
                       style.is_sourced ? both_or_neither : R"("additionalProperties":false)");
}

std::string file_schema(const std::string& title, const std::string& schema) {
    return fmt::format(
        R"({{"$schema":"https://json-schema.org/draft/2020-12/schema","title":{},{},{})",
        quote(title), definitions(), schema.substr(1));
}

SchemaProperty schema_key() {
    return {"$schema", R"({"type":"string","description":"this schema, for editors"})"};
}

std::string any_of(const std::vector<std::string>& schemas) {
    return fmt::format(R"({{"anyOf":[{}]}})", fmt::join(schemas, ","));
}

std::string sourced(const std::string& schema, SchemaStyle style) {
    return any_of({schema, fmt::format(R"({{"$ref":"#/$defs/{}","properties":{{"value":{}}}}})",
                                       style.is_partial ? "partly_sourced" : "sourced", schema)});
}

std::string with_help(const std::string& schema, const FieldInfo& info) {
    std::string text = info.help;
    if (!info.range.empty()) text += "; in " + info.range;
    if (!info.source.empty()) text += "; source: " + info.source;
    std::string head = R"({"description":)" + quote(text);
    if (!info.default_value.empty()) head += R"(,"default":)" + info.default_value;
    return head + (schema == "{}" ? "}" : "," + schema.substr(1));
}

}  // namespace pcpsim
