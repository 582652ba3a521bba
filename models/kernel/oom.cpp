#include "models/kernel/oom.hpp"

namespace pcpsim {

bool OomKiller::out_of_memory() {
    OomCandidate* victim = nullptr;
    Pages most;
    for (OomCandidate* const candidate : candidates_) {
        const Pages pages = candidate->pages();
        if (pages == Pages{}) continue;
        if (candidate->thread().stop_requested()) return true;
        if (pages <= most) continue;
        most = pages;
        victim = candidate;
    }
    if (victim == nullptr) return false;
    victim->kill();
    ++kills_;
    return true;
}

}  // namespace pcpsim
