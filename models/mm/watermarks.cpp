#include "models/mm/watermarks.hpp"

#include <algorithm>

namespace pcpsim {

std::int64_t integer_sqrt(std::int64_t value) {
    std::int64_t root = 0;
    for (std::int64_t bit = std::int64_t{1} << 31; bit != 0; bit >>= 1)
        if (root + bit <= value / (root + bit)) root += bit;
    return root;
}

Bytes min_free_bytes(Pages lowmem, Bytes page_size) {
    const std::int64_t lowmem_kbytes = lowmem.count() * (page_size / 1_KiB);
    return 1_KiB * std::clamp<std::int64_t>(integer_sqrt(16 * lowmem_kbytes), 128, 262'144);
}

Watermarks zone_watermarks(Pages managed, Pages lowmem, Pages min_free, std::int64_t scale_factor) {
    if (lowmem == Pages{0}) return {};
    const Pages min = min_free * managed.count() / lowmem.count();
    const Pages step = std::max(min / 4, managed * scale_factor / 10'000);
    return {min, min + step, min + 2 * step};
}

Watermarks highmem_watermarks(Pages managed, Pages lowmem, Pages min_free,
                              std::int64_t scale_factor) {
    const Watermarks share = zone_watermarks(managed, lowmem, min_free, scale_factor);
    const Pages min = std::clamp(managed / 1024, Pages{32}, Pages{128});
    return {min, min + (share.low - share.min), min + (share.high - share.min)};
}

}  // namespace pcpsim
