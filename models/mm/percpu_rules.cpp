#include "models/mm/percpu_rules.hpp"

#include <algorithm>
#include <iterator>

namespace pcpsim {
namespace {

constexpr PercpuRules eras[]{
    {"5.10", PercpuChunks::split, false, "none"},
    {"5.17", PercpuChunks::single, true, "sideline"},
    {"6.0", PercpuChunks::single, true, "sideline"},
    {"6.1", PercpuChunks::single, true, "sideline"},
    {"6.2", PercpuChunks::single, true, "sideline"},
    {"6.12", PercpuChunks::single, true, "sideline"},
};

}  // namespace

const PercpuRules* find_percpu_rules(std::string_view name) {
    const auto* found = std::ranges::find(eras, name, &PercpuRules::name);
    return found == std::end(eras) ? nullptr : found;
}

}  // namespace pcpsim
