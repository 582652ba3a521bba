#pragma once
// A machine of two CPUs and one zone, batch 4 and high 16, and recordings of it written as text.
#include <deque>
#include <string>
#include <string_view>

#include "analysis/replay/replay.hpp"
#include "analysis/replay/trace_text.hpp"

namespace pcpsim::test {

/// node 0, CPUs 0 and 1, zone DMA32 from page 4096 on; the pcp pointer of CPU n is 0xa00n.
inline RecordedKernel small_kernel() {
    RecordedKernel kernel;
    kernel.file = "small.meta.json";
    kernel.release = "6.1.0";
    kernel.zones.push_back({NodeId{0}, "DMA32", Pfn{4096}, Pages{100'000}, trace::Address{0xd32}});
    kernel.cpus = 2;
    for (std::uint32_t cpu = 0; cpu < 2; ++cpu) {
        kernel.nodes[CpuId{cpu}] = NodeId{0};
        kernel.pcps[0xa000 + cpu] = {CpuId{cpu}, 0};
        RecordedPageset pageset{CpuId{cpu}, 0, {}};
        pageset.fields.batch = 4;
        pageset.fields.high = 16;
        kernel.pagesets.push_back(pageset);
    }
    return kernel;
}

/// Lines, one event each: "0/7 pcp_commit: pfn=0x2000 mt=1 order=0" is thread 7 on CPU 0, and
/// "0/7s ..." a soft interrupt on top of it; "CPU:0 [LOST 5 EVENTS]" is what it is.
class Script final : public RecordStream {
public:
    explicit Script(std::string_view text) {
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size());
            add(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }

    bool next(trace::Record& record) override {
        if (records_.empty()) return false;
        record = records_.front();
        records_.pop_front();
        return true;
    }

private:
    void add(std::string_view line) {
        const std::size_t begin = line.find_first_not_of(' ');
        if (begin == std::string_view::npos) return;
        line.remove_prefix(begin);
        if (line.starts_with("CPU:")) return add_text(std::string{line});
        const std::size_t slash = line.find('/'), blank = line.find(' ');
        std::string pid{line.substr(slash + 1, blank - slash - 1)};
        char context = '.';
        if (pid.back() == 's' || pid.back() == 'h') {
            context = pid.back();
            pid.pop_back();
        }
        add_text("t-" + pid + " [" + std::string{line.substr(0, slash)} + "] .." + context + ".. " +
                 std::to_string(lines_ + 1) + ".000000: " + std::string{line.substr(blank + 1)});
    }

    void add_text(const std::string& text) {
        ++lines_;
        trace::Record record;
        if (LineReader{}.read(text, PageStructs{}, record).kind != LineKind::event)
            throw std::runtime_error{"no event: " + text};
        record.line = lines_;
        records_.push_back(record);
    }

    std::deque<trace::Record> records_;
    std::int64_t lines_ = 0;
};

inline std::int64_t unchecked(const ReplayResult& result, Check check, Unchecked reason) {
    return result.checks.tally(check).unchecked[static_cast<std::size_t>(reason)];
}

inline ReplayResult replay_text(const std::string& text, std::string_view era = "6.1") {
    const RecordedKernel kernel = small_kernel();
    Script script{text};
    return Replay{kernel, *find_kernel_rules(era)}.run(script);
}

/// mm_page_alloc_zone_locked of consecutive movable pages.
inline std::string refill(const std::string& actor, std::int64_t first, int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += actor + " mm_page_alloc_zone_locked: pfn=" + std::to_string(first + i) +
                " order=0 migratetype=1 percpu_refill=1\n";
    return text;
}
inline std::string alloc(const std::string& actor, std::int64_t pfn) {
    return actor + " mm_page_alloc: pfn=" + std::to_string(pfn) +
           " order=0 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE\n";
}
inline std::string free(const std::string& actor, std::int64_t pfn, int count = -1) {
    std::string text = actor + " mm_page_free: pfn=" + std::to_string(pfn) + " order=0\n" + actor +
                       " pcp_commit: pfn=" + std::to_string(pfn) + " mt=1 order=0";
    if (count >= 0)
        text += " pcp=0xa00" + actor.substr(0, 1) + " count=" + std::to_string(count) + " ff=0";
    return text + "\n";
}
inline std::string bulk_free(const std::string& actor, int cpu, int asked, int count) {
    return actor + " pcp_bulkfree: zone=0xd32 pcp=0xa00" + std::to_string(cpu) +
           " n=" + std::to_string(asked) + " pindex=0 count=" + std::to_string(count) +
           " high=16 batch=4 free_factor=0\n";
}
inline std::string drained(const std::string& actor, std::int64_t pfn) {
    return actor + " mm_page_pcpu_drain: pfn=" + std::to_string(pfn) + " order=0 migratetype=1\n";
}

/// What a drain of 6.1 by thread 1 on CPU 1 records: entry, and one visit that finds `count` pages.
inline const std::string drain_begins =
    "1/1 drain_all: zone=0x0\n1/1 drain_all_inner: zone=0x0 force=0\n";
inline std::string visit(int cpu, int count) {
    return "1/1 drain_pages_zone: cpu=" + std::to_string(cpu) + " zone=0xd32\n" +
           (count > 0 ? bulk_free("1/1", cpu, count, count) : "");
}
inline const std::string drain_ends = "1/1 drain_ret: (offline_pages <- __drain_all_pages)\n";

/// A drain by thread 1 that takes page 5000 off CPU 0 and finds CPU 1 empty: from here on both
/// lists are known.
inline const std::string both_empty = "1/1 drain_pages_zone: cpu=0 zone=0xd32\n" +
                                      bulk_free("1/1", 0, 1, 1) + drained("1/1", 5000) +
                                      "1/1 drain_pages_zone: cpu=1 zone=0xd32\n"
                                      "1/1 drain_ret: (f <- g)\n";

}  // namespace pcpsim::test
