#include "models/workload/client_ladder.hpp"

namespace pcpsim {

std::vector<std::int64_t> client_ladder(std::int64_t max) {
    std::vector<std::int64_t> counts;
    const auto steps = [&](std::int64_t first, std::int64_t stride, std::int64_t last) {
        for (std::int64_t count = first; count <= last && count <= max; count += stride)
            counts.push_back(count);
    };
    if (max > 32) {
        steps(1, 3, 8);
        steps(12, 9, 32);
        steps(48, 31, max);
    } else if (max > 8) {
        steps(1, 2, 8);
        steps(12, 6, max);
    } else {
        steps(1, 2, max);
    }
    if (counts.back() != max) counts.push_back(max);
    return counts;
}

}  // namespace pcpsim
