#pragma once
// The fields of events of the percpu allocator.
#include "analysis/replay/fields.hpp"
#include "models/trace/percpu_events.hpp"

namespace pcpsim {

// Whether all fields are there and have a value.

bool read(Fields fields, trace::PercpuAlloc& event);
bool read(Fields fields, trace::PercpuAllocFail& event);
bool read(Fields fields, trace::PercpuFree& event);
bool read(Fields fields, trace::PercpuCreateChunk& event);
bool read(Fields fields, trace::PercpuDestroyChunk& event);
bool read(Fields fields, trace::PercpuAllocEntry& event);
bool read(Fields fields, trace::PercpuPopulated& event);
bool read(Fields fields, trace::PercpuDepopulated& event);
bool read(Fields fields, trace::PercpuBalance& event);
bool read(Fields fields, trace::PercpuBalanceFree& event);
/// Not every mark is of this kind.
bool read(Fields fields, trace::PercpuMark& event);

}  // namespace pcpsim
