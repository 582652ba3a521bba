#pragma once
// The fields behind an event's name: "page=0xffffea00000ba380 pfn=0x2e8e order=0".
#include <string_view>

#include "analysis/replay/fields.hpp"
#include "models/trace/events.hpp"

namespace pcpsim {

enum class FieldsRead {
    complete,  ///< the event is filled in
    broken,    ///< a field is missing, or no value for it
    unknown    ///< no event of this name is known
};

using FieldsReader = FieldsRead (*)(Fields, trace::Event&);

/// Reads the fields of events of this name, a tracepoint's or one that captures give to a probe.
FieldsReader reader_of(std::string_view name);

}  // namespace pcpsim
