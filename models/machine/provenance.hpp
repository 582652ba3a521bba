#pragma once
// Where the numbers of a machine file come from. Instead of a bare value the file may write
//
//     "page_zero": { "value": "110ns", "kind": "assumed", "source": "4 KiB at 37 GB/s" }
//
// and an object may state "kind" and "source" for everything in it that does not state its own.
#include <array>
#include <map>
#include <string>
#include <tuple>

#include "models/config/field.hpp"

namespace pcpsim {

/// How a number came to be known.
enum class Evidence {
    measured,   ///< read off a measurement of this machine
    specified,  ///< from a data sheet, a standard or the kernel's source
    fitted,     ///< chosen so that the model meets a measurement
    assumed,    ///< nobody measured it here; a plausible value
};
constexpr auto enum_names(Evidence) {
    return std::array{"measured", "specified", "fitted", "assumed"};
}

struct Provenance {
    Evidence kind = Evidence::assumed;
    std::string source;
    static constexpr auto fields() {
        return std::tuple{
            field("kind", &Provenance::kind, "how the value came to be known").required(),
            field("source", &Provenance::source, "where the value comes from").required(),
        };
    }
};

/// By the JSON pointer of the value in the effective file: "/costs/page_zero".
using Provenances = std::map<std::string, Provenance>;

/// Replaces every value that stands with its provenance by the bare value, which keeps its place in
/// the file, and returns the provenance of every value that has one.
Provenances take_provenance(Node& file, Errors& errors);

}  // namespace pcpsim
