#include "analysis/replay/trace_fields.hpp"

#include <array>
#include <limits>

#include "analysis/replay/fields.hpp"
#include "analysis/replay/percpu_fields.hpp"

namespace pcpsim {
namespace {

using namespace trace;

/// The largest physical address has 52 bits.
constexpr std::int64_t most_pages = std::int64_t{1} << 40;

bool find_page(Fields& fields, Pfn& page) {
    std::int64_t number = 0;
    if (!fields.find("pfn=", number) || number < 0 || number >= most_pages) return false;
    page = Pfn{number};
    return true;
}

bool find_order(Fields& fields, Order& order, Order most = largest_block) {
    int number = 0;
    if (!fields.find("order=", number) || number < 0 || number > most.number()) return false;
    order = Order{number};
    return true;
}

template <std::size_t n>
bool find_type(Fields& fields, const char (&key)[n], MigrateType& type) {
    unsigned number = 0;
    if (!fields.find(key, number) || number >= migrate_types) return false;
    type = static_cast<MigrateType>(number);
    return true;
}

template <std::size_t n>
bool find_address(Fields& fields, const char (&key)[n], Address& address) {
    return fields.find(key, address.value);
}

bool read(Fields fields, PageAlloc& event) {
    // A failed allocation says pfn=0, before 5.10, or pfn=0xffffffffffffffff.
    std::uint64_t pfn = 0;
    if (!fields.find("pfn=", pfn)) return false;
    const bool failed = pfn == 0 || pfn == std::numeric_limits<std::uint64_t>::max();
    if (!failed && pfn >= most_pages) return false;
    if (failed)
        event.page.reset();
    else
        event.page = Pfn{static_cast<std::int64_t>(pfn)};
    return find_order(fields, event.order) && find_type(fields, "migratetype=", event.type);
}

bool read(Fields fields, PageFree& event) {
    constexpr Order largest_gigantic{30};
    return find_page(fields, event.page) && find_order(fields, event.order, largest_gigantic);
}

bool read(Fields fields, PageFreeBatched& event) { return find_page(fields, event.page); }

template <class Block>
bool read_block(Fields fields, Block& event) {
    return find_page(fields, event.page) && find_order(fields, event.order) &&
           find_type(fields, "migratetype=", event.type);
}
bool read(Fields fields, PageAllocZoneLocked& event) { return read_block(fields, event); }
bool read(Fields fields, PageAllocExtfrag& event) {
    int order = 0;
    if (!find_page(fields, event.page) || !fields.find("alloc_order=", order) || order < 0 ||
        order > largest_block.number())
        return false;
    event.order = Order{order};
    return find_type(fields, "alloc_migratetype=", event.type);
}
bool read(Fields fields, PagePcpuDrain& event) { return read_block(fields, event); }

bool read(Fields fields, PcpRefill& event) {
    std::int32_t asked = 0;
    if (!find_address(fields, "zone=", event.zone) || !find_order(fields, event.order) ||
        !fields.find("n=", asked) || !find_type(fields, "mt=", event.type))
        return false;
    event.asked = Blocks{asked};
    return true;
}

bool read(Fields fields, PcpCommit& event) {
    event = PcpCommit{};
    fields.skip_location();
    std::int64_t pfn = 0;
    if (!fields.next("page=", event.page_struct.value) && fields.next("pfn=", pfn))
        if (pfn >= 0 && pfn < most_pages) event.page = Pfn{pfn};
    if (!find_type(fields, "mt=", event.type) || !find_order(fields, event.order)) return false;
    Address pcp;
    if (fields.next("pcp=", pcp.value)) event.pcp = pcp;
    fields.next("count=", event.fields.count);
    fields.next("ff=", event.fields.free_factor);
    fields.next("high=", event.fields.high);
    fields.next("flags=", event.fields.flags);
    fields.next("af=", event.fields.alloc_factor);
    fields.next("fc=", event.fields.free_count);
    return !fields.is_broken();
}

/// No list has a batch below 1, and its drain would not come to an end.
bool has_sane_batch(const PcpFields& fields) {
    return fields.batch == PcpFields::absent || fields.batch > 0;
}

bool read(Fields fields, PcpBulkfree& event) {
    event = PcpBulkfree{};
    std::int32_t asked = 0;
    if (!find_address(fields, "zone=", event.zone) || !find_address(fields, "pcp=", event.pcp) ||
        !fields.find("n=", asked) || asked < 0)
        return false;
    event.asked = Pages{asked};
    fields.next("pindex=", event.list);
    fields.next("count=", event.fields.count);
    fields.next("high=", event.fields.high);
    fields.next("high_min=", event.fields.high_min);
    fields.next("high_max=", event.fields.high_max);
    fields.next("batch=", event.fields.batch);
    fields.next("free_factor=", event.fields.free_factor);
    fields.next("alloc_factor=", event.fields.alloc_factor);
    fields.next("free_count=", event.fields.free_count);
    return !fields.is_broken() && has_sane_batch(event.fields);
}

bool read(Fields fields, BulkAlloc& event) {
    std::uint64_t gfp = 0;
    std::int32_t asked = 0;
    if (!fields.find("gfp=", gfp) || !fields.find("nr=", asked)) return false;
    // __GFP_MOVABLE and __GFP_RECLAIMABLE, in gfp_migratetype().
    const auto type = gfp >> 3 & 3;
    if (type >= pcp_types.size()) return false;
    event = BulkAlloc{static_cast<MigrateType>(type), Pages{asked}};
    return true;
}

bool read(Fields fields, BulkReturn& event) {
    std::int32_t pages = 0;
    if (!fields.find("ret=", pages)) return false;
    event.pages = Pages{pages};
    return true;
}

/// A zone that is null means all of them.
bool read_zone(Fields& fields, std::optional<Address>& zone) {
    Address address;
    zone.reset();
    if (find_address(fields, "zone=", address) && address.value != 0) zone = address;
    return !fields.is_broken();
}

bool read(Fields fields, DrainAll& event) {
    unsigned force = 0;
    const bool complete = read_zone(fields, event.zone);
    event.inner = fields.next("force=", force);
    event.forced = force != 0;
    return complete && !fields.is_broken();
}

bool read(Fields fields, DrainLocal& event) { return read_zone(fields, event.zone); }

bool read(Fields, DrainReturn&) { return true; }
bool read(Fields, DrainWork&) { return true; }

bool read(Fields fields, ZonePcpDisable& event) {
    return find_address(fields, "zone=", event.zone);
}

bool read_cpu(Fields& fields, CpuId& cpu) {
    std::uint32_t number = 0;
    if (!fields.find("cpu=", number)) return false;
    cpu = CpuId{number};
    return true;
}

bool read(Fields fields, DrainPages& event) { return read_cpu(fields, event.cpu); }

bool read(Fields fields, WorkQueued& event) {
    Fields words = fields;
    event.drains = words.has_word("function=drain_local_pages_wq");
    return !event.drains || read_cpu(fields, event.cpu);  // others may name no CPU
}

bool read(Fields fields, DrainPagesZone& event) {
    return read_cpu(fields, event.cpu) && find_address(fields, "zone=", event.zone);
}

bool read(Fields fields, DrainZonePages& event) {
    return find_address(fields, "zone=", event.zone) && find_address(fields, "pcp=", event.pcp);
}

bool read(Fields fields, DecayPcpHigh& event) {
    event = DecayPcpHigh{};
    if (!find_address(fields, "zone=", event.zone) || !find_address(fields, "pcp=", event.pcp))
        return false;
    fields.next("count=", event.fields.count);
    fields.next("high=", event.fields.high);
    fields.next("high_min=", event.fields.high_min);
    fields.next("batch=", event.fields.batch);
    return !fields.is_broken() && has_sane_batch(event.fields);
}

template <class E>
FieldsRead read_into(Fields fields, Event& event) {
    // Already this kind in most lines of a run: no construction.
    E* same = std::get_if<E>(&event);
    const bool complete = same != nullptr ? read(fields, *same) : read(fields, event.emplace<E>());
    return complete ? FieldsRead::complete : FieldsRead::broken;
}

/// Of all work items only the drains' are of interest.
FieldsRead read_work_end(Fields fields, Event& event) {
    if (!fields.has_word("drain_local_pages_wq")) return FieldsRead::unknown;
    event.emplace<DrainWorkEnd>();
    return FieldsRead::complete;
}

template <class E>
FieldsRead read_percpu(Fields fields, Event& event) {
    auto* percpu = std::get_if<PercpuEvent>(&event);
    if (percpu == nullptr) percpu = &event.emplace<PercpuEvent>();
    auto* same = std::get_if<E>(percpu);
    return read(fields, same != nullptr ? *same : percpu->emplace<E>()) ? FieldsRead::complete
                                                                        : FieldsRead::broken;
}

/// Of all marks only those that tell of percpu memory are of interest.
FieldsRead read_mark(Fields fields, Event& event) {
    PercpuMark mark;
    if (!read(fields, mark)) return FieldsRead::unknown;
    event = PercpuEvent{mark};
    return FieldsRead::complete;
}

FieldsRead read_nothing(Fields, Event&) { return FieldsRead::unknown; }

/// The last eight characters: names differ there, and that is compared at once.
std::uint64_t tail_of(std::string_view name) { return eight_at(name.data() + name.size() - 8); }

struct Format {
    std::string_view name;
    FieldsReader read;
    std::uint64_t tail = tail_of(name);
};

/// The frequent ones first.
const std::array formats{
    Format{"percpu_alloc_percpu", read_percpu<PercpuAlloc>},
    Format{"percpu_free_percpu", read_percpu<PercpuFree>},
    Format{"mm_page_alloc", read_into<PageAlloc>},
    Format{"mm_page_free", read_into<PageFree>},
    Format{"pcp_commit", read_into<PcpCommit>},
    Format{"mm_page_free_batched", read_into<PageFreeBatched>},
    Format{"mm_page_alloc_zone_locked", read_into<PageAllocZoneLocked>},
    Format{"mm_page_pcpu_drain", read_into<PagePcpuDrain>},
    Format{"pcp_refill", read_into<PcpRefill>},
    Format{"pcp_bulkfree", read_into<PcpBulkfree>},
    Format{"bulk_alloc", read_into<BulkAlloc>},
    Format{"bulk_ret", read_into<BulkReturn>},
    Format{"mm_page_alloc_extfrag", read_into<PageAllocExtfrag>},
    Format{"drain_all", read_into<DrainAll>},
    Format{"drain_all_inner", read_into<DrainAll>},
    Format{"drain_ret", read_into<DrainReturn>},
    Format{"workqueue_queue_work", read_into<WorkQueued>},
    Format{"workqueue_execute_end", read_work_end},
    Format{"drain_wq", read_into<DrainWork>},
    Format{"drain_pages", read_into<DrainPages>},
    Format{"drain_pages_zone", read_into<DrainPagesZone>},
    Format{"drain_local", read_into<DrainLocal>},
    Format{"zone_pcp_disable", read_into<ZonePcpDisable>},
    Format{"drain_zone_pages", read_into<DrainZonePages>},
    Format{"decay_pcp_high", read_into<DecayPcpHigh>},
    Format{"pcpu_alloc", read_percpu<PercpuAllocEntry>},
    Format{"pcpu_populated", read_percpu<PercpuPopulated>},
    Format{"pcpu_depopulated", read_percpu<PercpuDepopulated>},
    Format{"pcpu_balance_workfn", read_percpu<PercpuBalance>},
    Format{"pcpu_balance_free", read_percpu<PercpuBalanceFree>},
    Format{"percpu_create_chunk", read_percpu<PercpuCreateChunk>},
    Format{"percpu_destroy_chunk", read_percpu<PercpuDestroyChunk>},
    Format{"percpu_alloc_percpu_fail", read_percpu<PercpuAllocFail>},
    Format{"tracing_mark_write", read_mark},
};

}  // namespace

FieldsReader reader_of(std::string_view name) {
    if (name.size() < 8) return read_nothing;
    const std::uint64_t tail = tail_of(name);
    for (const Format& format : formats)
        if (format.tail == tail && format.name == name) return format.read;
    return read_nothing;
}

}  // namespace pcpsim
