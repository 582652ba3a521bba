#pragma once
// The costs of a machine as whole numbers that a search can change: picoseconds, or the thousandths
// and millionths that a cost's name says.
#include <cstdint>
#include <string>
#include <vector>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"
#include "models/machine/costs.hpp"

namespace pcpsim {

/// Names are those of the cost table: "page_fault".
std::vector<std::string> cost_names();
std::int64_t cost_of(const CostTable& costs, const std::string& name);
/// Beyond the cost's range the nearest end of it is set.
void set_cost(CostTable& costs, const std::string& name, std::int64_t count);

/// As machine files write it: "95ns", 1300.
std::string cost_text(const std::string& name, std::int64_t count);
/// The same as JSON.
std::string cost_json(const std::string& name, std::int64_t count);
/// Reads a value of this cost; what is wrong is added to the errors.
std::int64_t read_cost(const Node& node, const std::string& name, Errors& errors);

/// The nearest number with at most so many significant digits.
std::int64_t rounded(double value, int digits);

}  // namespace pcpsim
