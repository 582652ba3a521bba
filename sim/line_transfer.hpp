#pragma once
#include "sim/ids.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// How long a cache line takes from one CPU to another; the machine knows.
class LineTransfer {
public:
    virtual ~LineTransfer() = default;
    [[nodiscard]] virtual Duration transfer(CpuId from, CpuId to) const = 0;
};

}  // namespace pcpsim
