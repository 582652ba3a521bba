#include "models/config/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "models/config/text.hpp"

namespace pcpsim {
namespace {
constexpr std::size_t kept = 4096;  // before all that will not be shown are forgotten
}  // namespace

void Errors::add(const Node& node, std::string expected, std::string note) {
    add(node.place, std::move(expected), node.as_written() + note);
}

void Errors::add(const Place& place, std::string expected, std::string got) {
    add_message(place, fmt::format("expected {}, got {}", expected, got));
}

void Errors::add(const Errors& others) {
    for (const Error& error : others.errors_) add_message(error.place, error.message);
    left_out_ += others.left_out_;
}

void Errors::add_message(const Place& place, std::string message) {
    const auto known = std::find(sources_.begin(), sources_.end(), place.source);
    const auto source = static_cast<std::size_t>(known - sources_.begin());
    if (known == sources_.end()) sources_.push_back(place.source);
    errors_.push_back(Error{source, place, std::move(message)});
    if (errors_.size() < kept) return;
    errors_ = in_order();
    errors_.erase(errors_.begin() + shown, errors_.end());
    left_out_ += kept - shown;
}

void Errors::add_missing(const Node& object, std::string_view key, std::string_view help) {
    add(object.place, fmt::format("key {} ({})", quote(key), help), "none");
}

std::vector<Errors::Error> Errors::in_order() const {
    std::vector<Error> sorted = errors_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const Error& a, const Error& b) {
        return std::tie(a.source, a.place.offset) < std::tie(b.source, b.place.offset);
    });
    return sorted;
}

void Errors::throw_if_any() const {
    if (empty()) return;
    const std::vector<Error> sorted = in_order();
    const std::size_t count = std::min(shown, sorted.size());
    std::string lines;
    for (std::size_t i = 0; i < count; ++i)
        lines += (i > 0 ? "\n" : "") + sorted[i].place.text() + ": " + sorted[i].message;
    if (const std::size_t rest = sorted.size() - count + left_out_; rest > 0)
        lines += fmt::format("\nand {} more", rest);
    throw ScenarioError{lines};
}

}  // namespace pcpsim
