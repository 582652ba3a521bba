#pragma once
// One declaration per parameter: from it come reader, checks, defaults, listing and results.
//
//     struct Params {
//         Pages batch = 63_pages;
//         static constexpr auto fields() {
//             return std::tuple{field("batch", &Params::batch, "pages per hold of zone->lock")
//                                   .within(1_pages, 4096_pages)
//                                   .source("zone_batchsize(), mm/page_alloc.c, 5.17")};
//         }
//     };
//
// A member is a Scalar (see values.hpp), a std::vector or std::optional of any of these, a Node
// (any JSON) or what makes of a Node what it likes, or again a struct with fields().
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"
#include "models/config/text.hpp"
#include "models/config/values.hpp"
#include "sim/check.hpp"

namespace pcpsim {

template <class T>
struct ElementOf {
    using type = T;
};
template <class T>
struct ElementOf<std::vector<T>> : ElementOf<T> {};
template <class T>
struct ElementOf<std::optional<T>> : ElementOf<T> {};
/// What a range applies to: the elements of a list, the value of an optional.
template <class T>
using Element = typename ElementOf<T>::type;

template <class T, bool = has_range<T>>
struct Range {
    constexpr bool contains(const T&) const { return true; }
    static std::string text() { return {}; }
};
/// Both ends included.
template <class T>
struct Range<T, true> {
    T low{};
    T high{};
    bool limited = false;

    constexpr bool contains(T value) const { return !limited || (low <= value && value <= high); }
    [[nodiscard]] std::string text() const {
        return limited ? Scalar<T>::text(low) + ".." + Scalar<T>::text(high) : std::string{};
    }
};

/// A named member of a parameter struct. The default is the member's initialiser.
template <class Owner, class T>
class Field {
public:
    using Value = T;

    constexpr Field(const char* name, T Owner::*member, const char* help)
        : name_{name}, member_{member}, help_{help} {}

    [[nodiscard]] constexpr Field within(Element<T> low,
                                         Element<T> high) const requires has_range<Element<T>> {
        Field field = *this;
        field.range_ = {low, high, true};
        return field;
    }
    /// Where the default comes from: a kernel function and version, a paper, "assumed".
    [[nodiscard]] constexpr Field source(const char* source) const {
        Field field = *this;
        field.source_ = source;
        return field;
    }
    /// The key must be written.
    [[nodiscard]] constexpr Field required() const {
        Field field = *this;
        field.is_required_ = true;
        return field;
    }

    [[nodiscard]] constexpr const char* name() const { return name_; }
    [[nodiscard]] constexpr const char* help() const { return help_; }
    [[nodiscard]] constexpr const char* source() const { return source_; }
    [[nodiscard]] constexpr bool is_required() const { return is_required_; }
    [[nodiscard]] constexpr const Range<Element<T>>& range() const { return range_; }
    constexpr T& of(Owner& owner) const { return owner.*member_; }
    constexpr const T& of(const Owner& owner) const { return owner.*member_; }

private:
    const char* name_;
    T Owner::*member_;
    const char* help_;
    const char* source_ = "";
    bool is_required_ = false;
    Range<Element<T>> range_{};
};

template <class Owner, class T>
constexpr Field<Owner, T> field(const char* name, T Owner::*member, const char* help) {
    return {name, member, help};
}

template <class T>
concept HasFields = requires {
    T::fields();
};

/// A Node, or a type that takes any JSON as it is and is written as canonical() says.
template <class T>
concept TakesNode = std::is_assignable_v<T&, const Node&> && requires(const T& value) {
    value.canonical();
};

/// Calls visit(field) for each field of a struct, in the order of declaration.
template <HasFields Struct, class Visit>
constexpr void for_each_field(Visit visit) {
    std::apply([&](const auto&... fields) { (visit(fields), ...); }, Struct::fields());
}

/// Adds an error unless the node is an object that has only these keys.
bool check_keys(const Node& node, const std::vector<std::string>& keys, Errors& errors);

/// Reads a value; what is wrong is added to the errors, and then the result is not to be used.
template <class T>
void read(const Node& node, T& value, Errors& errors, const Range<Element<T>>& range = {});

/// Reads an object: absent keys keep the value they have, unknown keys are errors.
template <HasFields Struct>
void read_fields(const Node& node, Struct& value, Errors& errors) {
    std::vector<std::string> keys;
    for_each_field<Struct>([&](const auto& field) { keys.push_back(field.name()); });
    if (!check_keys(node, keys, errors)) return;
    for_each_field<Struct>([&](const auto& field) {
        if (const Node* const given = node.find(field.name()))
            read(*given, field.of(value), errors, field.range());
        else if (field.is_required())
            errors.add_missing(node, field.name(), field.help());
    });
}

template <IsScalar T>
void read_scalar(const Node& node, T& value, Errors& errors, const Range<T>& range) {
    // On the command line a string needs no quotes, even if it looks like a number.
    const bool is_bare = Scalar<T>::kind == Node::Kind::string && node.place.source->option &&
                         node.kind == Node::Kind::number;
    const bool is_kind = is_bare || node.kind == Scalar<T>::kind;
    // A value of the wrong kind gets the hint of a text that no type reads.
    Parsed<T> parsed = Scalar<T>::parse(is_kind ? std::string_view{node.text} : "?");
    T* const found = is_kind ? std::get_if<T>(&parsed) : nullptr;
    if (found && range.contains(*found)) {
        value = std::move(*found);
        return;
    }
    const Refused* const refused = std::get_if<Refused>(&parsed);
    std::string note;
    if constexpr (requires { Scalar<T>::names(); })
        note = suggestion(node.text, Scalar<T>::names());
    errors.add(node, expectation<T>(range.text(), refused ? refused->hint : ""), note);
}

/// More than any list of an input needs; a result has as many samples as replications.
constexpr std::size_t list_limit = 10'000;

template <class T>
inline constexpr bool is_list = false;
template <class T>
inline constexpr bool is_list<std::vector<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
void read(const Node& node, T& value, Errors& errors, const Range<Element<T>>& range) {
    if constexpr (TakesNode<T>) {
        value = node;
    } else if constexpr (IsScalar<T>) {
        read_scalar(node, value, errors, range);
    } else if constexpr (is_optional<T>) {
        value.reset();
        if (node.kind != Node::Kind::null) read(node, value.emplace(), errors, range);
    } else if constexpr (is_list<T>) {
        value.clear();
        if (node.kind != Node::Kind::array) return errors.add(node, "an array");
        if (node.elements.size() > list_limit)
            return errors.add(node, "at most " + std::to_string(list_limit) + " elements");
        for (const Node& element : node.elements) {
            typename T::value_type read_element{};
            read(element, read_element, errors, range);
            value.push_back(std::move(read_element));
        }
    } else {
        read_fields(node, value, errors);
    }
}

/// Canonical JSON: compact, members in the order of declaration, every default written out.
template <class T>
std::string to_json(const T& value) {
    if constexpr (TakesNode<T>) {
        return value.canonical();
    } else if constexpr (IsScalar<T>) {
        const std::string text = Scalar<T>::text(value);
        return Scalar<T>::kind == Node::Kind::string ? quote(text) : text;
    } else if constexpr (is_optional<T>) {
        return value ? to_json(*value) : "null";
    } else if constexpr (is_list<T>) {
        std::string json;
        for (const auto& element : value) json += (json.empty() ? "" : ",") + to_json(element);
        return "[" + json + "]";
    } else {
        std::string json;
        for_each_field<T>([&](const auto& field) {
            json +=
                (json.empty() ? "" : ",") + quote(field.name()) + ":" + to_json(field.of(value));
        });
        return "{" + json + "}";
    }
}

/// "duration", "list of pages", "string or null"
template <class T>
std::string type_name() {
    if constexpr (IsScalar<T>)
        return Scalar<T>::type();
    else if constexpr (requires { T::type(); })
        return T::type();
    else if constexpr (is_optional<T>)
        return type_name<typename T::value_type>() + " or null";
    else if constexpr (is_list<T>)
        return "list of " + type_name<typename T::value_type>();
    else
        return "object";
}

/// A field as listings show it; the default is JSON, empty if the key is required.
struct FieldInfo {
    std::string name;
    std::string type;
    std::string default_value;
    std::string range;
    std::string help;
    std::string source;
};

/// The fields of a struct, in the order of declaration; those of a struct within follow it, with
/// its name and a slash before theirs.
template <HasFields Struct>
std::vector<FieldInfo> describe_fields(const std::string& prefix = {}) {
    std::vector<FieldInfo> infos;
    const Struct defaults{};
    for_each_field<Struct>([&](const auto& field) {
        using Value = typename std::decay_t<decltype(field)>::Value;
        const std::string name = prefix + field.name();
        infos.push_back(FieldInfo{name, type_name<Value>(),
                                  field.is_required() ? "" : to_json(field.of(defaults)),
                                  field.range().text(), field.help(), field.source()});
        if constexpr (std::same_as<Value, Element<Value>>)
            PCPSIM_CHECK(field.is_required() || field.range().contains(field.of(defaults)),
                         name + " has a default out of its range");
        if constexpr (HasFields<Value>)
            for (FieldInfo& inner : describe_fields<Value>(name + "/"))
                infos.push_back(std::move(inner));
    });
    return infos;
}

}  // namespace pcpsim
