#pragma once
// Puts fitted costs into the machine file that they were fitted for, and leaves the rest of its
// text as it is.
#include <cstdint>
#include <string>
#include <vector>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"

namespace pcpsim {

struct WrittenCost {
    std::string name;
    std::int64_t count = 0;
    std::string source;  ///< Of its provenance, whose kind is "fitted".
};

/// The text of a machine file as it was read, with these costs replaced. A file that builds on
/// another must override each of them itself: what it does not say is added to the errors.
std::string with_costs(const Node& file, const std::vector<WrittenCost>& costs, Errors& errors);

}  // namespace pcpsim
