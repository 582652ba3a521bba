#include "models/config/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "models/config/text.hpp"

namespace pcpsim {

void Errors::add(const Node& node, std::string expected, std::string note) {
    add(node.place, std::move(expected), node.as_written() + note);
}

void Errors::add(const Place& place, std::string expected, std::string got) {
    add_message(place, fmt::format("expected {}, got {}", expected, got));
}

void Errors::add(const Errors& others) {
    for (const Error& error : others.errors_) add_message(error.place, error.message);
}

void Errors::add_message(const Place& place, std::string message) {
    const auto known = std::find(sources_.begin(), sources_.end(), place.source);
    const auto source = static_cast<std::size_t>(known - sources_.begin());
    if (known == sources_.end()) sources_.push_back(place.source);
    errors_.push_back(Error{source, place, std::move(message)});
}

void Errors::add_missing(const Node& object, std::string_view key, std::string_view help) {
    add(object.place, fmt::format("key {} ({})", quote(key), help), "none");
}

void Errors::throw_if_any() const {
    if (empty()) return;
    std::vector<const Error*> sorted;
    for (const Error& error : errors_) sorted.push_back(&error);
    std::stable_sort(sorted.begin(), sorted.end(), [](const Error* a, const Error* b) {
        return std::tie(a->source, a->place.offset) < std::tie(b->source, b->place.offset);
    });
    constexpr std::size_t limit = 50;
    std::string lines;
    for (std::size_t i = 0; i < std::min(limit, sorted.size()); ++i)
        lines += (i > 0 ? "\n" : "") + sorted[i]->place.text() + ": " + sorted[i]->message;
    if (sorted.size() > limit) lines += fmt::format("\nand {} more", sorted.size() - limit);
    throw ScenarioError{lines};
}

}  // namespace pcpsim
