#pragma once
// A zone: its pages, its watermarks, its buddy allocator and a pcplist per possible CPU.
#include <array>
#include <string>
#include <vector>

#include "models/machine/ids.hpp"
#include "models/mm/buddy.hpp"
#include "models/mm/pcp_burst.hpp"
#include "models/mm/pcplist.hpp"
#include "models/mm/watermarks.hpp"

namespace pcpsim {

struct ZoneTag {
    static constexpr const char* name = "zone";
};
/// Counts the populated zones of all nodes, by start address.
using ZoneId = Id<ZoneTag>;

/// From the most to the least restricted address range.
enum class ZoneKind : std::uint8_t { dma, dma32, normal, highmem };
inline constexpr std::size_t zone_kinds = 4;
/// What the pages of user space, and here all others, may be taken from: GFP_HIGHUSER.
inline constexpr ZoneKind highest_zone = ZoneKind::highmem;
/// As /proc/zoneinfo spells it.
std::string to_string(ZoneKind kind);

/// Where a zone lies and how much of it there is.
struct ZoneSpan {
    NodeId node;
    ZoneKind kind = ZoneKind::normal;
    Pfn start;
    Pages spanned;
    Pages present;  ///< spanned without holes
    Pages managed;  ///< present without what was taken before the allocator started
};

/// Told when an order-0 allocation begins or ceases to find a zone above its low or high watermark.
class WatermarkObserver {
public:
    virtual void watermark_crossed() = 0;

protected:
    WatermarkObserver() = default;
    WatermarkObserver(const WatermarkObserver&) = default;
    WatermarkObserver& operator=(const WatermarkObserver&) = default;
    ~WatermarkObserver() = default;
};

/// The first `managed` pages of the span are free at first; the rest is never seen. The buddy and
/// the lists change only through the functions below, so that pcp_pages() stays true. Of a pcplist
/// that its CPU uses in bursts, looking at it or touching it here is all that anybody needs to do.
class Zone {
public:
    /// The rules outlive the zone.
    Zone(ZoneId id, const ZoneSpan& span, const KernelRules& rules, const PageGeometry& geometry,
         std::size_t possible_cpus);

    [[nodiscard]] ZoneId id() const { return id_; }
    [[nodiscard]] const ZoneSpan& span() const { return span_; }
    [[nodiscard]] NodeId node() const { return span_.node; }
    [[nodiscard]] ZoneKind kind() const { return span_.kind; }
    [[nodiscard]] Pages managed() const { return span_.managed; }
    [[nodiscard]] bool spans(Pfn page) const {
        return page >= span_.start && page < span_.start + span_.spanned;
    }
    [[nodiscard]] const Watermarks& watermarks() const { return watermarks_; }
    [[nodiscard]] const Buddy& buddy() const { return buddy_; }
    [[nodiscard]] const Pcplist& pcplist(CpuId cpu) const {
        if (bursts_[cpu.index()] != nullptr) bursts_[cpu.index()]->catch_up();
        return pcplists_[cpu.index()];
    }
    [[nodiscard]] std::size_t cpus() const { return pcplists_.size(); }

    /// NR_FREE_PAGES: what pcplists hold is not free.
    [[nodiscard]] Pages free_pages() const { return buddy_.free_pages(); }
    /// On the pcplists of all CPUs, and on lists exchanged for others but not yet freed.
    [[nodiscard]] Pages pcp_pages() const {
        catch_up();
        return pcp_pages_;
    }
    /// Handed out and not given back.
    [[nodiscard]] Pages in_use() const {
        catch_up();
        return in_use_;
    }
    /// __zone_watermark_ok(): whether a block of this order can be had with more than `mark` pages
    /// left, and what lower zones reserve against requests that could have used `highest`.
    [[nodiscard]] bool watermark_ok(Order order, Pages mark, ZoneKind highest) const;
    /// Whether that holds for a single page and the low watermark.
    [[nodiscard]] bool above_low() const { return above_low_; }

    void set_watermarks(const Watermarks& watermarks);
    void set_lowmem_reserve(ZoneKind highest, Pages pages);
    void set_limits(CpuId cpu, const PcpLimits& limits) { of(cpu).set_limits(limits); }
    void set_tuning(CpuId cpu, const PcpTuning& tuning) { of(cpu).set_tuning(tuning); }
    [[nodiscard]] ZoneFlags flags() const { return flags_; }
    void set_flags(ZoneFlags flags);
    /// get_page_from_freelist(), 6.7: an allocation that finds the zone below its high watermark
    /// says so, and refills and spills heed it until a spill finds it above again.
    void note_high_watermark() {
        if (!flags_.below_high && !above_high_) set_below_high(true);
    }

    /// From now on `moves` is told of all traffic between pcplists and buddy; it outlives the zone.
    void watch(PageMoves& moves) { watched_.emplace(buddy_, moves); }
    /// `observer` outlives the zone.
    void observe_watermarks(WatermarkObserver& observer) { observer_ = &observer; }
    /// The CPU allocates or frees in a burst from here on; null when it no longer does.
    void set_burst(CpuId cpu, PcpBurst* burst) { bursts_[cpu.index()] = burst; }
    void end_bursts();
    /// Every pcplist is up to now, and so is what took pages off it in bursts.
    void catch_up() const;

    // The pcplist of one CPU; see Pcplist.
    [[nodiscard]] bool needs_refill(CpuId cpu, Order order, MigrateType type) const;
    Moved refill(CpuId cpu, Order order, MigrateType type);
    Pfn pop(CpuId cpu, Order order, MigrateType type);
    /// For the CPU itself, in the midst of a burst.
    PageRun pop_run(CpuId cpu, Order order, MigrateType type, Blocks most);
    void free_run(CpuId cpu, PageRun run, MigrateType type);
    /// How many single pages, up to `most`, the CPU can free one after the other with no spill.
    [[nodiscard]] Blocks frees_before_spill(CpuId cpu, Blocks most) const {
        return pcplist(cpu).frees_before_spill(most, flags_);
    }
    PageRun take_bulk(CpuId cpu, MigrateType type, Blocks most);
    Pages free(CpuId cpu, Pfn block, Order order, MigrateType type);
    /// Afterwards the zone is no longer below its high watermark if that is so.
    Moved spill(CpuId cpu, Pages pages, Order order, MigrateType type);
    Moved drain(CpuId cpu, Pages most = Pages::max());
    Pages decay(CpuId cpu) { return of(cpu).decay(); }
    bool expires(CpuId cpu, bool used) { return of(cpu).expires(used); }
    /// Lists with the layout of this zone's own.
    [[nodiscard]] PcpLists empty_lists() const;
    void swap_lists(CpuId cpu, PcpLists& lists) { of(cpu).swap_lists(lists); }
    /// Frees lists that were exchanged for others.
    Moved drain(PcpLists& lists);

    /// Past the pcplists: rmqueue_buddy() and free_one_page(), one block.
    std::optional<Pfn> alloc_block(Order order, MigrateType type);
    void free_block(Pfn block, Order order, MigrateType type);

    /// BrokenLaw unless every list, link and count is right. Visits all pages.
    void validate() const;

private:
    [[nodiscard]] PageSource& source() {
        return watched_ ? static_cast<PageSource&>(*watched_) : buddy_;
    }
    /// To be changed.
    [[nodiscard]] Pcplist& of(CpuId cpu) {
        if (bursts_[cpu.index()] != nullptr) bursts_[cpu.index()]->end();
        return pcplists_[cpu.index()];
    }
    Moved taken_off(Moved moved);
    void set_below_high(bool below);
    /// After everything that touches the buddy lists.
    void buddy_changed();
    /// The constant-time part of conservation.
    void check_balance() const;
    [[nodiscard]] bool above(Pages mark) const {
        return watermark_ok(Order{0}, mark, highest_zone);
    }

    ZoneId id_;
    ZoneSpan span_;
    Watermarks watermarks_;
    std::array<Pages, zone_kinds> lowmem_reserve_{};
    ZoneFlags flags_;
    Pages pcp_pages_;
    Pages in_use_;
    Buddy buddy_;
    std::optional<WatchedSource> watched_;
    std::vector<Pcplist> pcplists_;
    std::vector<PcpBurst*> bursts_;  ///< by CPU; null: its list is up to date
    WatermarkObserver* observer_ = nullptr;
    bool above_low_ = true;
    bool above_high_ = true;
};

/// "node0/Normal"
std::string to_string(const Zone& zone);

}  // namespace pcpsim
