#include "analysis/replay/percpu_fields.hpp"

#include <algorithm>

namespace pcpsim {

using namespace trace;

namespace {

template <class Pages_>
bool read_pages(Fields fields, Pages_& event) {
    std::int32_t start = 0, end = 0;
    if (!fields.find_pointer("base=", event.chunk.value) || !fields.find("start=", start) ||
        !fields.find("end=", end) || start < 0 || end <= start)
        return false;
    event.start = Pages{start};
    event.end = Pages{end};
    return true;
}

}  // namespace

bool read(Fields fields, PercpuAlloc& event) {
    return fields.find("reserved=", event.reserved) && fields.find("is_atomic=", event.atomic) &&
           fields.find("size=", event.size) && fields.find("align=", event.align) &&
           fields.find_pointer("base_addr=", event.chunk.value) &&
           fields.find("off=", event.offset);
}

bool read(Fields fields, PercpuAllocFail& event) {
    return fields.find("reserved=", event.reserved) && fields.find("is_atomic=", event.atomic) &&
           fields.find("size=", event.size) && fields.find("align=", event.align);
}

bool read(Fields fields, PercpuFree& event) {
    return fields.find_pointer("base_addr=", event.chunk.value) &&
           fields.find("off=", event.offset);
}

bool read(Fields fields, PercpuCreateChunk& event) {
    return fields.find_pointer("base_addr=", event.chunk.value);
}

bool read(Fields fields, PercpuDestroyChunk& event) {
    return fields.find_pointer("base_addr=", event.chunk.value);
}

bool read(Fields fields, PercpuAllocEntry& event) {
    constexpr std::uint64_t gfp_account = 0x40'0000;  // __GFP_ACCOUNT up to 6.8
    std::uint64_t gfp = 0;
    if (!fields.find("size=", event.size) || !fields.find("align=", event.align) ||
        !fields.find("reserved=", event.reserved) || !fields.find("gfp=", gfp))
        return false;
    event.accounted = (gfp & gfp_account) != 0;
    return true;
}

bool read(Fields fields, PercpuPopulated& event) { return read_pages(fields, event); }
bool read(Fields fields, PercpuDepopulated& event) { return read_pages(fields, event); }

bool read(Fields, PercpuBalance&) { return true; }

bool read(Fields fields, PercpuBalanceFree& event) {
    return fields.find("empty_only=", event.empty_only);
}

bool read(Fields fields, PercpuMark& event) {
    constexpr std::string_view program = "LABPCPU ";
    std::string_view text = fields.rest();
    if (!text.starts_with(program)) return false;
    text.remove_prefix(program.size());
    const std::string_view name = text.substr(0, text.find(' '));
    event = PercpuMark{};
    if (name.empty() || name.size() >= event.text.size()) return false;
    std::ranges::copy(name, event.text.begin());
    std::int64_t kilobytes = 0;
    if (fields.find("kB=", kilobytes)) event.kilobytes = kilobytes;
    return !fields.is_broken();
}

}  // namespace pcpsim
