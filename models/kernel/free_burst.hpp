#pragma once
// Single pages freed one after the other, each followed by what its caller does next, as one burst:
// up to the free that spills, if nothing interferes.
//
//   free | after | free | after | ... | free, spill under zone->lock | after |
#include <cstdint>
#include <span>
#include <vector>

#include "models/kernel/list_burst.hpp"
#include "models/kernel/page_allocator.hpp"

namespace pcpsim {

class FreeBurst final : public ListBurst {
public:
    /// A page leaves `pages`, all of this type, from the head when its free begins. Both allocator
    /// and list outlive the burst; `after` may be empty.
    FreeBurst(PageAllocator& allocator, MigrateType type, std::span<const Phase> after,
              PageRuns& pages);

    /// Frees pages as free_pages() does until none is left.
    Task<> run(Context& self) { return run(self, pages_.size()); }
    /// The same for the first ones; there are so many.
    Task<> run(Context& self, Blocks count);

private:
    Task<> some(Context& self, Blocks most);
    Task<> one_alone(Context& self);
    [[nodiscard]] std::uint32_t frees_that_only_push(const Context& self, const Zone& zone,
                                                     Blocks most) const;
    void begin(std::uint32_t operations) override;

    PageAllocator& allocator_;
    MigrateType type_;
    PageRuns& pages_;
    std::vector<Phase> phases_;  ///< hot_path().free, then `after`
    std::size_t after_;
};

}  // namespace pcpsim
