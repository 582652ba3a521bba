#include "analysis/replay/trace_fields.hpp"

#include <array>
#include <cstring>
#include <limits>

#include "analysis/replay/numbers.hpp"

namespace pcpsim {
namespace {

using namespace trace;

/// The "key=value" words behind the name of an event, looked up in the order of the format.
class Fields {
public:
    Fields(const char* at, const char* end) : at_{at}, end_{end} {}

    /// Moves behind the value. A key that is not found moves nothing.
    template <class Integer>
    bool find(std::string_view key, Integer& value) {
        const char* at = locate(key);
        if (at == nullptr) return false;
        const bool negative = at != end_ && *at == '-';
        std::uint64_t number = 0;
        if (negative) ++at;
        if (!read_number(at, end_, number) || (at != end_ && *at != ' ' && *at != '\t'))
            return broken();
        using Limits = std::numeric_limits<Integer>;
        if (number > static_cast<std::uint64_t>(Limits::max()) ||
            (negative && std::is_unsigned_v<Integer>))
            return broken();
        value = static_cast<Integer>(number);
        if constexpr (std::is_signed_v<Integer>)
            if (negative) value = static_cast<Integer>(-value);
        at_ = at;
        return true;
    }
    /// A value that was found could not be read.
    [[nodiscard]] bool is_broken() const { return broken_; }

private:
    const char* locate(std::string_view key) const {
        for (const char* at = at_; at != nullptr && end_ - at >= std::ssize(key);) {
            if (*at == ' ' || *at == '\t') {
                ++at;
                continue;
            }
            if (std::memcmp(at, key.data(), key.size()) == 0) return at + key.size();
            at =
                static_cast<const char*>(std::memchr(at, ' ', static_cast<std::size_t>(end_ - at)));
        }
        return nullptr;
    }
    bool broken() {
        broken_ = true;
        return false;
    }

    const char* at_;
    const char* end_;
    bool broken_ = false;
};

bool find_page(Fields& fields, Pfn& page) {
    std::int64_t number = 0;
    // The largest physical address has 52 bits.
    if (!fields.find("pfn=", number) || number < 0 || number >= std::int64_t{1} << 40) return false;
    page = Pfn{number};
    return true;
}

bool find_order(Fields& fields, Order& order) {
    int number = 0;
    if (!fields.find("order=", number) || number < 0 || number > 14) return false;
    order = Order{number};
    return true;
}

bool find_type(Fields& fields, std::string_view key, MigrateType& type) {
    unsigned number = 0;
    if (!fields.find(key, number) || number >= migrate_types) return false;
    type = static_cast<MigrateType>(number);
    return true;
}

bool find_address(Fields& fields, std::string_view key, Address& address) {
    return fields.find(key, address.value);
}

bool read(Fields fields, PageAlloc& event) {
    // A failed allocation says pfn=0, before 5.10, or pfn=0xffffffffffffffff.
    std::uint64_t pfn = 0;
    if (!fields.find("pfn=", pfn)) return false;
    const bool failed = pfn == 0 || pfn == std::numeric_limits<std::uint64_t>::max();
    if (!failed && pfn >= std::uint64_t{1} << 40) return false;
    if (failed)
        event.page.reset();
    else
        event.page = Pfn{static_cast<std::int64_t>(pfn)};
    return find_order(fields, event.order) && find_type(fields, "migratetype=", event.type);
}

bool read(Fields fields, PageFree& event) {
    return find_page(fields, event.page) && find_order(fields, event.order);
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
    std::int64_t asked = 0;
    if (!find_address(fields, "zone=", event.zone) || !find_order(fields, event.order) ||
        !fields.find("n=", asked) || !find_type(fields, "mt=", event.type))
        return false;
    event.asked = Blocks{asked};
    return true;
}

bool read(Fields fields, PcpCommit& event) {
    event = PcpCommit{};
    Pfn page;
    if (find_page(fields, page)) event.page = page;
    if (!find_type(fields, "mt=", event.type) || !find_order(fields, event.order)) return false;
    Address pcp;
    if (find_address(fields, "pcp=", pcp)) event.pcp = pcp;
    if (fields.find("count=", event.fields.count)) {
        fields.find("ff=", event.fields.free_factor);
        fields.find("high=", event.fields.high);
        fields.find("flags=", event.fields.flags);
        fields.find("af=", event.fields.alloc_factor);
        fields.find("fc=", event.fields.free_count);
    }
    return !fields.is_broken();
}

bool read(Fields fields, PcpBulkfree& event) {
    event = PcpBulkfree{};
    std::int64_t asked = 0;
    if (!find_address(fields, "zone=", event.zone) || !find_address(fields, "pcp=", event.pcp) ||
        !fields.find("n=", asked) || asked < 0)
        return false;
    event.asked = Pages{asked};
    fields.find("count=", event.fields.count);
    fields.find("high=", event.fields.high);
    fields.find("high_min=", event.fields.high_min);
    fields.find("high_max=", event.fields.high_max);
    fields.find("batch=", event.fields.batch);
    fields.find("free_factor=", event.fields.free_factor);
    fields.find("alloc_factor=", event.fields.alloc_factor);
    fields.find("free_count=", event.fields.free_count);
    return !fields.is_broken();
}

bool read(Fields fields, BulkAlloc& event) {
    std::uint64_t gfp = 0;
    std::int64_t asked = 0;
    if (!fields.find("gfp=", gfp) || !fields.find("nr=", asked)) return false;
    // __GFP_MOVABLE and __GFP_RECLAIMABLE, in gfp_migratetype().
    const auto type = gfp >> 3 & 3;
    if (type >= pcp_types.size()) return false;
    event = BulkAlloc{static_cast<MigrateType>(type), Pages{asked}};
    return true;
}

bool read(Fields fields, BulkReturn& event) {
    std::int64_t pages = 0;
    if (!fields.find("ret=", pages)) return false;
    event.pages = Pages{pages};
    return true;
}

bool read(Fields fields, DrainAll& event) {
    Address zone;
    event.zone.reset();
    if (find_address(fields, "zone=", zone) && zone.value != 0) event.zone = zone;
    return !fields.is_broken();
}

bool read_cpu(Fields& fields, CpuId& cpu) {
    std::uint32_t number = 0;
    if (!fields.find("cpu=", number)) return false;
    cpu = CpuId{number};
    return true;
}

bool read(Fields fields, DrainPages& event) { return read_cpu(fields, event.cpu); }

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
    fields.find("count=", event.fields.count);
    fields.find("high=", event.fields.high);
    fields.find("high_min=", event.fields.high_min);
    fields.find("batch=", event.fields.batch);
    return !fields.is_broken();
}

template <class E>
bool read_into(Fields fields, Event& event) {
    // Already this kind in most lines of a run: no construction.
    if (E* same = std::get_if<E>(&event)) return read(fields, *same);
    return read(fields, event.emplace<E>());
}

struct Format {
    std::string_view name;
    bool (*read)(Fields, Event&);
};

/// The frequent ones first.
constexpr std::array formats{
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
    Format{"drain_pages", read_into<DrainPages>},
    Format{"drain_pages_zone", read_into<DrainPagesZone>},
    Format{"drain_zone_pages", read_into<DrainZonePages>},
    Format{"decay_pcp_high", read_into<DecayPcpHigh>},
};

}  // namespace

FieldsRead read_fields(std::string_view name, std::string_view fields, Event& event) {
    for (const Format& format : formats)
        if (format.name == name)
            return format.read(Fields{fields.data(), fields.data() + fields.size()}, event)
                       ? FieldsRead::complete
                       : FieldsRead::broken;
    return FieldsRead::unknown;
}

std::uint64_t field_value(std::string_view fields, std::string_view key) {
    std::uint64_t value = 0;
    Fields{fields.data(), fields.data() + fields.size()}.find(key, value);
    return value;
}

}  // namespace pcpsim
