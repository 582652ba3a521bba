#pragma once
// What stands on the command line is read as strictly as a file, and complained about by option.
#include <string>
#include <string_view>
#include <variant>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"
#include "models/config/text.hpp"
#include "models/config/values.hpp"

namespace pcpsim {

/// Reads the value of a command-line option with the parser of the scenario's own fields. Throws a
/// ScenarioError "OPTION: expected ..., got ...".
template <class T>
T parse_option(std::string_view option, std::string_view text) {
    const Parsed<T> parsed = Scalar<T>::parse(text);
    if (const T* const value = std::get_if<T>(&parsed)) return *value;
    throw ScenarioError{std::string{option} + ": expected " +
                        expectation<T>({}, std::get<Refused>(parsed).hint) + ", got " +
                        echo(quote(text))};
}

/// Applies --set "/pointer=value". What is on the way to the pointer and absent is created, so that
/// any key of the schema can be set; an array's segments are indices of elements that exist. The
/// value is JSON, or else a string: "/strategies/0/params/page_cost=14ns". Throws a ScenarioError
/// if the text has no such form; a pointer that leads nowhere is added to the errors.
void apply_set(Node& root, const std::string& assignment, Errors& errors);

}  // namespace pcpsim
