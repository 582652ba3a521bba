#pragma once
// What `pcpsim list` and `pcpsim describe` know: every model, machine and kernel by name.
#include <string>
#include <vector>

#include "models/config/registry.hpp"

namespace pcpsim {

struct CatalogGroup {
    std::string title;  ///< "Machines"
    std::string noun;   ///< "machine"
    std::vector<ModelInfo> entries;
};

/// The registered models, the kernel eras and the machine files shipped with this build.
std::vector<CatalogGroup> catalog();

/// Names and sentences, group by group.
std::string list_text(const std::vector<CatalogGroup>& groups);

/// Sentence and parameters of everything of this name. Throws a UsageError with a suggestion if
/// there is none.
std::string describe_text(const std::vector<CatalogGroup>& groups, const std::string& name);

}  // namespace pcpsim
