#pragma once
// What bursts on a pcplist share: while one runs, the zone knows who uses the list, and whoever
// looks at it or changes it asks the burst first.
#include <utility>

#include "models/mm/zone.hpp"
#include "sim/context.hpp"
#include "sim/processor.hpp"

namespace pcpsim {

class ListBurst : public Burst, public PcpBurst {
protected:
    ListBurst() = default;
    ~ListBurst() { leave_zone(); }
    ListBurst(const ListBurst&) = delete;
    ListBurst& operator=(const ListBurst&) = delete;

    /// From here on the caller's list of this zone is in use.
    void enter_zone(Context& self, Zone& zone) {
        self_ = &self;
        cpu_ = self.processor().id();
        zone_ = &zone;
        zone.set_burst(cpu_, this);
    }
    void leave_zone() {
        if (zone_ != nullptr) std::exchange(zone_, nullptr)->set_burst(cpu_, nullptr);
    }
    /// Between enter_zone() and leave_zone().
    [[nodiscard]] Zone& zone() const { return *zone_; }
    [[nodiscard]] CpuId cpu() const { return cpu_; }

private:
    void catch_up() override { self_->catch_up(); }
    void end() override { self_->end_burst(); }

    Zone* zone_ = nullptr;  ///< null outside of bursts
    CpuId cpu_;
    Context* self_ = nullptr;
};

}  // namespace pcpsim
