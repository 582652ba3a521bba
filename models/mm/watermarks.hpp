#pragma once
// How much of a zone is kept free, and for whom.
#include <cstdint>

#include "models/mm/page.hpp"

namespace pcpsim {

struct Watermarks {
    Pages min, low, high;
    bool operator==(const Watermarks&) const = default;
};

/// Rounded down; the value is not negative.
std::int64_t integer_sqrt(std::int64_t value);

/// calculate_min_free_kbytes(): sqrt(16 x lowmem in KiB) KiB, from 128 KiB to 256 MiB.
Bytes min_free_bytes(Pages lowmem, Bytes page_size);

/// __setup_per_zone_wmarks(): the zone's share of min_free by managed pages; low and high each lie
/// a step above, a quarter of min or `scale_factor` ten-thousandths of the zone.
Watermarks zone_watermarks(Pages managed, Pages lowmem, Pages min_free, std::int64_t scale_factor);
/// The same for HighMem, which is no part of lowmem and keeps only a 1024th, 32 to 128 pages.
Watermarks highmem_watermarks(Pages managed, Pages lowmem, Pages min_free,
                              std::int64_t scale_factor);

}  // namespace pcpsim
