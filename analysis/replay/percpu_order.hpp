#pragma once
#include "analysis/replay/percpu_replay.hpp"

namespace pcpsim {

/// Looks for an order that explains what a replay without one got wrong. Some sections of pcpu_lock
/// leave no event: that of an allocation, whose event comes after its memory is zeroed, and that of
/// the worker behind a TLB flush. A free or a run of the worker that is recorded before such an
/// event may have come behind the section.
PercpuOrder find_percpu_order(RecordStream& stream, const RecordedPercpu& recorded,
                              const Choice<Depopulation>& depopulation);

}  // namespace pcpsim
