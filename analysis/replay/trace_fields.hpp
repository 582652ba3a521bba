#pragma once
// The fields behind an event's name: "page=0xffffea00000ba380 pfn=0x2e8e order=0".
#include <string_view>

#include "models/trace/events.hpp"

namespace pcpsim {

enum class FieldsRead {
    complete,  ///< the event is filled in
    broken,    ///< a field is missing, or no value for it
    unknown    ///< no event of this name is known
};

/// The names are those of tracepoints, and those that captures give to their probes.
FieldsRead read_fields(std::string_view name, std::string_view fields, trace::Event& event);

}  // namespace pcpsim
