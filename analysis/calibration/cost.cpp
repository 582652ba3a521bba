#include "analysis/calibration/cost.hpp"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "models/config/field.hpp"
#include "sim/check.hpp"

namespace pcpsim {
namespace {

std::int64_t count_of(Duration value) { return value.count(); }
std::int64_t count_of(std::int64_t value) { return value; }

/// Calls visit(field) for the cost of this name.
template <class Visit>
void with_cost(const std::string& name, Visit visit) {
    bool found = false;
    for_each_field<CostTable>([&](const auto& field) {
        if (name != field.name()) return;
        found = true;
        visit(field);
    });
    PCPSIM_CHECK(found, "a machine has no cost " + name);
}

template <class Field>
using ValueOf = typename std::decay_t<Field>::Value;

}  // namespace

std::vector<std::string> cost_names() {
    std::vector<std::string> names;
    for_each_field<CostTable>([&](const auto& field) { names.emplace_back(field.name()); });
    return names;
}

std::int64_t cost_of(const CostTable& costs, const std::string& name) {
    std::int64_t count = 0;
    with_cost(name, [&](const auto& field) { count = count_of(field.of(costs)); });
    return count;
}

void set_cost(CostTable& costs, const std::string& name, std::int64_t count) {
    with_cost(name, [&](const auto& field) {
        const auto& range = field.range();
        field.of(costs) = std::clamp(ValueOf<decltype(field)>{count}, range.low, range.high);
    });
}

std::string cost_text(const std::string& name, std::int64_t count) {
    std::string text;
    with_cost(name, [&](const auto& field) {
        using Value = ValueOf<decltype(field)>;
        text = Scalar<Value>::text(Value{count});
    });
    return text;
}

std::string cost_json(const std::string& name, std::int64_t count) {
    std::string json;
    with_cost(name, [&](const auto& field) { json = to_json(ValueOf<decltype(field)>{count}); });
    return json;
}

std::int64_t read_cost(const Node& node, const std::string& name, Errors& errors) {
    std::int64_t count = 0;
    with_cost(name, [&](const auto& field) {
        ValueOf<decltype(field)> value{};
        read(node, value, errors, field.range());
        count = count_of(value);
    });
    return count;
}

std::int64_t rounded(double value, int digits) {
    if (value == 0) return 0;
    const int beyond = static_cast<int>(std::floor(std::log10(std::abs(value)))) + 1 - digits;
    const double grain = std::pow(10.0, std::max(beyond, 0));
    return std::llround(std::round(value / grain) * grain);
}

}  // namespace pcpsim
