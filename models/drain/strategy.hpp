#pragma once
// A drain strategy: one way of emptying the pcplists of all CPUs, in one file that reads like the
// description of its patch.
#include "models/config/registry.hpp"
#include "models/kernel/kernel.hpp"
#include "models/kernel/masks.hpp"

namespace pcpsim {

class DrainStrategy : public Drainer {
public:
    using Environment = Kernel;
    using Setting = Machine;
};

}  // namespace pcpsim
