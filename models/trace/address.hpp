#pragma once
#include <cstdint>

namespace pcpsim::trace {

/// A kernel pointer, which is only compared.
struct Address {
    std::uint64_t value = 0;
    bool operator==(const Address&) const = default;
};

}  // namespace pcpsim::trace
