#pragma once
// A zone whose free memory is in pieces: every second page is held.
#include <vector>

#include "models/mm/zone.hpp"

namespace pcpsim {

class Fragmented {
public:
    explicit Fragmented(Zone& zone) : zone_{zone} {
        while (const auto page = zone.alloc_block(Order{0}, MigrateType::movable))
            (page->number() % 2 == 0 ? held_ : free_).push_back(*page);
        for (const Pfn page : free_) give_back(page);
    }
    ~Fragmented() {
        for (const Pfn page : held_) give_back(page);
    }
    Fragmented(const Fragmented&) = delete;
    Fragmented& operator=(const Fragmented&) = delete;
    /// One more of the pages that would make blocks of those that are free.
    Pfn take() {
        const Pfn page = held_.back();
        held_.pop_back();
        return page;
    }
    void give_back(Pfn page) { zone_.free_block(page, Order{0}, MigrateType::movable); }

private:
    Zone& zone_;
    std::vector<Pfn> held_, free_;
};

}  // namespace pcpsim
