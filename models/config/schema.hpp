#pragma once
// A JSON Schema (draft 2020-12) of what a declaration reads, for editors and validators. What a
// schema cannot say, such as the range of a duration or how the parts of a file fit together,
// stands in its descriptions.
#include <map>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "models/config/field.hpp"
#include "models/config/text.hpp"

namespace pcpsim {

/// How a file writes its objects.
struct SchemaStyle {
    bool is_partial = false;  ///< They are laid over others: no key is required.
    bool is_sourced = false;  ///< They and their values may state where they come from.
};

/// A key of an object and the schema of its value.
struct SchemaProperty {
    std::string name;
    std::string schema;
    bool is_required = false;
};

std::string object_schema(std::vector<SchemaProperty> properties, SchemaStyle style = {});
/// A schema that stands alone, with its dialect and title.
std::string file_schema(const std::string& title, const std::string& schema);
/// The key by which a file names its schema to an editor.
SchemaProperty schema_key();
/// The schema of either.
std::string any_of(const std::vector<std::string>& schemas);
/// The schema of a value, or of an object that holds it with its kind and source.
std::string sourced(const std::string& schema, SchemaStyle style);
/// The schema with what an editor shows beside it: sentence, range, source and default.
std::string with_help(const std::string& schema, const FieldInfo& info);

/// The schema of a type that `read` reads.
template <class T>
std::string schema_of(const Range<Element<T>>& range = {}, SchemaStyle style = {});

/// The schemas of members that are any JSON to the reader, by their keys.
using SchemaParts = std::map<std::string, std::string>;

template <HasFields Struct>
std::vector<SchemaProperty> schema_properties(SchemaStyle style = {},
                                              const SchemaParts& parts = {}) {
    std::vector<SchemaProperty> properties;
    const Struct defaults{};
    for_each_field<Struct>([&](const auto& field) {
        using Value = typename std::decay_t<decltype(field)>::Value;
        const auto part = parts.find(field.name());
        std::string schema =
            part != parts.end() ? part->second : schema_of<Value>(field.range(), style);
        if (style.is_sourced && part == parts.end() && !HasFields<Value>)
            schema = sourced(schema, style);
        const bool has_default =
            !field.is_required() && !TakesNode<Element<Value>> && !HasFields<Value>;
        schema = with_help(schema, FieldInfo{field.name(),
                                             {},
                                             has_default ? to_json(field.of(defaults)) : "",
                                             field.range().text(),
                                             field.help(),
                                             field.source()});
        properties.push_back({field.name(), std::move(schema), field.is_required()});
    });
    return properties;
}

template <IsScalar T>
std::string scalar_schema(const Range<T>& range) {
    if constexpr (requires { Scalar<T>::names(); }) {
        return R"({"enum":)" + to_json(Scalar<T>::names()) + "}";
    } else if constexpr (Scalar<T>::kind == Node::Kind::string) {
        return R"({"type":"string","pattern":)" + quote(Scalar<T>::pattern()) + "}";
    } else if constexpr (Scalar<T>::kind == Node::Kind::number) {
        const T low = range.limited ? range.low : Scalar<T>::lowest();
        const T high = range.limited ? range.high : Scalar<T>::highest();
        return R"({"type":"integer","minimum":)" + Scalar<T>::text(low) + R"(,"maximum":)" +
               Scalar<T>::text(high) + "}";
    } else {
        return R"({"type":"boolean"})";
    }
}

template <class T>
std::string schema_of(const Range<Element<T>>& range, SchemaStyle style) {
    if constexpr (requires { T::schema(); })
        return T::schema();
    else if constexpr (TakesNode<T>)
        return "{}";
    else if constexpr (IsScalar<T>)
        return scalar_schema<T>(range);
    else if constexpr (is_optional<T>)
        return any_of({schema_of<typename T::value_type>(range), R"({"type":"null"})"});
    else if constexpr (is_list<T>)
        return R"({"type":"array","items":)" + schema_of<typename T::value_type>(range) +
               R"(,"maxItems":)" + std::to_string(list_limit) + "}";
    else
        return object_schema(schema_properties<T>(style), style);
}

}  // namespace pcpsim
