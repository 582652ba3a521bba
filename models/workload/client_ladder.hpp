#pragma once
#include <cstdint>
#include <vector>

namespace pcpsim {

/// The client counts that mmtests runs up to `max` > 0: "threads_large_stride" of 2022.
std::vector<std::int64_t> client_ladder(std::int64_t max);

}  // namespace pcpsim
