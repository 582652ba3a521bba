#include "analysis/replay/trace_fields.hpp"

#include <array>
#include <cstring>
#include <limits>

#include "analysis/replay/numbers.hpp"

namespace pcpsim {
namespace {

using namespace trace;

/// The "key=value" words behind the name of an event, looked up in the order of the format. Keys
/// are literals, so that their comparison is a few instructions.
class Fields {
public:
    Fields(const char* at, const char* end) : at_{at}, end_{end} {}

    /// The value of the first word ahead that has this key.
    template <class Integer, std::size_t n>
    bool find(const char (&key)[n], Integer& value) {
        while (!next(key, value)) {
            if (broken_ || at_ == end_) return false;
            skip_word();
        }
        return true;
    }
    /// The value of the next word, if it has this key.
    template <class Integer, std::size_t n>
    bool next(const char (&key)[n], Integer& value) {
        while (at_ != end_ && is_blank(*at_)) ++at_;
        constexpr std::size_t length = n - 1;
        if (static_cast<std::size_t>(end_ - at_) < length || std::memcmp(at_, key, length) != 0)
            return false;
        const char* at = at_ + length;
        const bool negative = at != end_ && *at == '-';
        if (negative) ++at;
        std::uint64_t number = 0;
        using Limits = std::numeric_limits<Integer>;
        if (!read_number(at, end_, number) || (at != end_ && !is_blank(*at)) ||
            number > static_cast<std::uint64_t>(Limits::max()) ||
            (negative && std::is_unsigned_v<Integer>)) {
            broken_ = true;
            return false;
        }
        value = static_cast<Integer>(number);
        if constexpr (std::is_signed_v<Integer>)
            if (negative) value = static_cast<Integer>(-value);
        at_ = at;
        return true;
    }
    /// Whether one of the words ahead is this one.
    bool has_word(std::string_view word) {
        while (at_ != end_) {
            while (at_ != end_ && is_blank(*at_)) ++at_;
            const char* begin = at_;
            skip_word();
            if (std::string_view{begin, static_cast<std::size_t>(at_ - begin)} == word) return true;
        }
        return false;
    }
    /// Where a probe stands: "(free_unref_page_commit+0x0/0x160)".
    void skip_location() {
        while (at_ != end_ && is_blank(*at_)) ++at_;
        if (at_ != end_ && *at_ == '(') skip_word();
    }
    /// A value that was found could not be read.
    [[nodiscard]] bool is_broken() const { return broken_; }

private:
    static bool is_blank(char c) { return c == ' ' || c == '\t'; }
    void skip_word() {
        const void* blank = std::memchr(at_, ' ', static_cast<std::size_t>(end_ - at_));
        at_ = blank == nullptr ? end_ : static_cast<const char*>(blank);
    }

    const char* at_;
    const char* end_;
    bool broken_ = false;
};

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
    return !fields.is_broken();
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
    return !fields.is_broken();
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

/// The last eight characters as a number: names differ there, and that is compared at once.
std::uint64_t tail_of(std::string_view name) {
    std::uint64_t tail = 0;
    std::memcpy(&tail, name.data() + name.size() - sizeof tail, sizeof tail);
    return tail;
}

struct Format {
    std::string_view name;
    FieldsRead (*read)(Fields, Event&);
    std::uint64_t tail = tail_of(name);
};

/// The frequent ones first.
const std::array formats{
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
};

}  // namespace

FieldsRead read_fields(std::string_view name, std::string_view fields, Event& event) {
    if (name.size() < sizeof(std::uint64_t)) return FieldsRead::unknown;
    const std::uint64_t tail = tail_of(name);
    for (const Format& format : formats)
        if (format.tail == tail && format.name == name)
            return format.read(Fields{fields.data(), fields.data() + fields.size()}, event);
    return FieldsRead::unknown;
}

}  // namespace pcpsim
