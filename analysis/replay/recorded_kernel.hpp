#pragma once
// What a recording does not say about the machine it was made on: from the meta file beside it, or
// from a saved /proc/zoneinfo.
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/replay/trace_text.hpp"
#include "models/config/node.hpp"
#include "models/machine/ids.hpp"
#include "models/trace/events.hpp"

namespace pcpsim {

struct RecordedZone {
    NodeId node;
    std::string name;  ///< "DMA32"
    Pfn start;
    Pages spanned;
    std::optional<trace::Address> pointer = {};
    std::optional<Pages> managed = {};
    /// From /proc/zoneinfo: memory without holes, free pages, watermarks.
    std::optional<Pages> present = {}, free = {}, min = {}, low = {}, high = {};
    [[nodiscard]] bool spans(Pfn page) const { return page >= start && page < start + spanned; }
};

/// What /proc/zoneinfo says of one (CPU, zone); absent if it does not.
struct RecordedPageset {
    CpuId cpu;
    std::size_t zone = 0;  ///< an index into the zones
    trace::PcpFields fields = {};
};

struct RecordedKernel {
    std::string file;                      ///< where this was read
    std::string release;                   ///< "6.1.0-56-amd64"; empty if unknown
    std::vector<RecordedZone> zones = {};  ///< by ascending start
    std::size_t cpus = 0;                  ///< one more than the highest number
    std::map<CpuId, NodeId> nodes = {};    ///< of CPUs; those not named are of node 0
    std::vector<RecordedPageset> pagesets = {};
    /// From `pcp=` pointers to CPU and zone.
    std::map<std::uint64_t, std::pair<CpuId, std::size_t>> pcps = {};
    std::optional<PageStructs> page_structs = {};
    std::vector<std::string> boot_lines = {};  ///< of the kernel's log

    /// "cpu3 node0/DMA32"
    [[nodiscard]] std::string place(CpuId cpu, std::size_t zone) const;
    [[nodiscard]] std::optional<std::size_t> zone_at(trace::Address pointer) const;
};

/// Reads either kind of file. Throws a ScenarioError that says where the file is wrong.
RecordedKernel read_recorded_kernel(const std::string& path);
RecordedKernel recorded_kernel_of_meta(const Node& meta);
RecordedKernel recorded_kernel_of_zoneinfo(const std::string& name, std::string_view text);

/// The name of the era that a kernel of this release, such as "6.1.0-56-amd64", belongs to; empty
/// if it is older than all of them or no release.
std::string era_of_release(std::string_view release);

/// Whether a block that a refill takes from another type's free lists is named by
/// mm_page_alloc_extfrag, and by mm_page_alloc_zone_locked right before it or not at all: as seen
/// in recordings of 6.12. Before 6.10 the latter comes right behind, perhaps for another block.
bool extfrag_names_block(std::string_view era);

}  // namespace pcpsim
