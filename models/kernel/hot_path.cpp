#include "models/kernel/hot_path.hpp"

namespace pcpsim {
namespace {

HotPath protected_path(Duration protection, const CostTable& costs) {
    HotPath path;
    path.alloc = {Phase{protection + costs.list_pop, Activity::kernel, true}};
    path.free = {Phase{protection + costs.list_push, Activity::kernel, true}};
    return path;
}

}  // namespace

HotPath local_lock_path(const CostTable& costs) {
    return protected_path(costs.irq_save_restore, costs);
}

HotPath pcp_lock_path(const CostTable& costs) {
    const Duration lock = costs.preempt_toggle + costs.atomic + costs.unlock_store;
    HotPath path = protected_path(costs.irq_save_restore + lock, costs);
    path.takes_pcp_lock = true;
    return path;
}

}  // namespace pcpsim
