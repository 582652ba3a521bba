#include "analysis/record/probes.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>

namespace pcpsim {
namespace {

/// What of mm/page_alloc.c differs: signatures and the layout of struct per_cpu_pages. Recordings
/// of 5.10, 6.1 and 6.12 were made with these; 5.17, 6.0 and 6.2 are by their sources.
struct Layout {
    std::string_view era;
    const char* commit;     ///< free_unref_page_commit()
    const char* bulk_free;  ///< free_pcppages_bulk()
    bool remote_drain;      ///< 6.0: who drains empties the lists of other CPUs
    bool tunes_high;        ///< 6.7: decay_pcp_high()
};

constexpr const char* with_lock_commit =
    "page=$arg3 mt=$arg4:s32 order=$arg5:u32 pcp=$arg2 count=+@0($arg2):s32 "
    "ff=+@12($arg2):s16";
constexpr const char* with_lock_bulk_free =
    "zone=$arg1 pcp=$arg3 n=$arg2:s32 pindex=$arg4:s32 count=+@0($arg3):s32 "
    "high=+@4($arg3):s32 batch=+@8($arg3):s32 free_factor=+@12($arg3):s16";

constexpr std::array layouts{
    Layout{"5.10", "pfn=$arg2 mt=+32($arg1):u64 order=\\0",
           "zone=$arg1 pcp=$arg3 n=$arg2:s32 count=+0($arg3):s32 high=+4($arg3):s32 "
           "batch=+8($arg3):s32",
           false, false},
    Layout{"5.17", "pfn=$arg2 mt=$arg3:s32 order=$arg4:u32",
           "zone=$arg1 pcp=$arg3 n=$arg2:s32 count=+0($arg3):s32 high=+4($arg3):s32 "
           "batch=+8($arg3):s32 free_factor=+12($arg3):s16",
           false, false},
    Layout{"6.0", with_lock_commit, with_lock_bulk_free, true, false},
    Layout{"6.1", with_lock_commit, with_lock_bulk_free, true, false},
    Layout{"6.2", with_lock_commit, with_lock_bulk_free, true, false},
    Layout{"6.12",
           "page=$arg3 mt=$arg4:s32 order=$arg5:u32 pcp=$arg2 count=+@0($arg2):s32 "
           "high=+@4($arg2):s32 flags=+@20($arg2):u8 af=+@21($arg2):u8 "
           "fc=+@24($arg2):s16",
           "zone=$arg1 pcp=$arg3 n=$arg2:s32 pindex=$arg4:s32 count=+@0($arg3):s32 "
           "high=+@4($arg3):s32 high_min=+@8($arg3):s32 "
           "high_max=+@12($arg3):s32 batch=+@16($arg3):s32 "
           "alloc_factor=+@21($arg3):u8 free_count=+@24($arg3):s16",
           true, true},
};

const Layout& layout_of(std::string_view era) {
    const auto* const found = std::ranges::find(layouts, era, &Layout::era);
    if (found == layouts.end()) throw std::out_of_range{"no era " + std::string{era}};
    return *found;
}

}  // namespace

std::vector<Probe> probes_of(std::string_view era) {
    const Layout& layout = layout_of(era);
    const std::vector<std::string> bulk{"__alloc_pages_bulk", "alloc_pages_bulk_noprof"};
    std::vector<Probe> probes{
        {'p', "pcp_commit", {"free_unref_page_commit", "free_frozen_page_commit"}, layout.commit},
        {'p', "pcp_bulkfree", {"free_pcppages_bulk"}, layout.bulk_free},
        {'p',
         "pcp_refill",
         {"rmqueue_bulk"},
         "zone=$arg1 order=$arg2:u32 n=$arg3:s32 mt=$arg5:s32"},
        {'p', "bulk_alloc", bulk, "gfp=$arg1:x32 nr=$arg4:s32"},
        {'r', "bulk_ret", bulk, "ret=$retval:s64"},
        {'p', "drain_all", {"drain_all_pages"}, "zone=$arg1"},
        {'p', "drain_all_inner", {"__drain_all_pages"}, "zone=$arg1 force=$arg2:u8"},
        {'r', "drain_ret", {"__drain_all_pages", "drain_all_pages"}, ""},
        {'p', "drain_local", {"drain_local_pages"}, "zone=$arg1"},
        {'p', "drain_zone_pages", {"drain_zone_pages"}, "zone=$arg1 pcp=$arg2"},
        {'p', "zone_pcp_disable", {"zone_pcp_disable"}, "zone=$arg1"}};
    if (layout.remote_drain) {
        probes.push_back(
            {'p', "drain_pages_zone", {"drain_pages_zone"}, "cpu=$arg1:u32 zone=$arg2"});
    } else {
        probes.push_back({'p', "drain_pages", {"drain_pages"}, "cpu=$arg1:u32"});
        probes.push_back({'p', "drain_wq", {"drain_local_pages_wq"}, ""});
    }
    if (layout.tunes_high)
        probes.push_back({'p',
                          "decay_pcp_high",
                          {"decay_pcp_high"},
                          "zone=$arg1 pcp=$arg2 count=+@0($arg2):s32 high=+@4($arg2):s32 "
                          "high_min=+@8($arg2):s32 batch=+@16($arg2):s32"});
    return probes;
}

std::vector<std::string> tracepoints_of(std::string_view era) {
    std::vector<std::string> names{"kmem/mm_page_alloc",         "kmem/mm_page_free",
                                   "kmem/mm_page_free_batched",  "kmem/mm_page_alloc_zone_locked",
                                   "kmem/mm_page_alloc_extfrag", "kmem/mm_page_pcpu_drain"};
    if (layout_of(era).remote_drain) return names;
    names.insert(names.end(),
                 {"workqueue/workqueue_queue_work", "workqueue/workqueue_execute_end"});
    return names;
}

}  // namespace pcpsim
