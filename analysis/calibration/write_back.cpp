#include "analysis/calibration/write_back.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/calibration/cost.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

/// Bytes [begin, end) of a text and what replaces them.
struct Edit {
    std::size_t begin;
    std::size_t end;
    std::string text;
};

/// The blanks that the line of this byte begins with.
std::string indentation(const std::string& text, std::size_t offset) {
    const std::size_t newline = text.rfind('\n', offset);
    const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
    return text.substr(begin, text.find_first_not_of(' ', begin) - begin);
}

Edit edit_of(const Node& value, const WrittenCost& cost) {
    const std::string outer = indentation(value.place.source->text, value.place.offset);
    const std::string text = fmt::format(
        "{{\n{0}  \"value\": {1},\n{0}  \"kind\": \"fitted\",\n{0}  \"source\": {2}\n{0}}}", outer,
        cost_json(cost.name, cost.count), quote(cost.source));
    return {value.place.offset, value.end, text};
}

}  // namespace

std::string with_costs(const Node& file, const std::vector<WrittenCost>& costs, Errors& errors) {
    const Node* const overrides = file.find("overrides");
    const Node& own = file.find("base") && overrides ? *overrides : file;
    const Node* const table = own.find("costs");
    if (!table) {
        errors.add_missing(own, "costs", "the costs that are to be written");
        return {};
    }
    std::vector<Edit> edits;
    for (const WrittenCost& cost : costs)
        if (const Node* const value = table->find(cost.name))
            edits.push_back(edit_of(*value, cost));
        else
            errors.add_missing(*table, cost.name, "a value that the fitted one can replace");
    // From the end, so that no edit moves another one.
    std::sort(edits.begin(), edits.end(),
              [](const Edit& a, const Edit& b) { return a.begin > b.begin; });
    std::string text = file.place.source->text;
    for (const auto& [begin, end, replacement] : edits)
        text.replace(begin, end - begin, replacement);
    return text;
}

}  // namespace pcpsim
