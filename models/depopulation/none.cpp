// No depopulation: a chunk gives its pages back when nothing in it is allocated any more, and
// another such chunk is left.
//
//   free   |- chunk wholly free beside another? worker -|
//   worker |- destroy all free chunks but one -|- populate pages for atomic allocations -|
//
// Good on:  load that comes again: pages once populated stay.
// Bad on:   many allocations freed but for some long-lived ones, each of which keeps its chunk with
//           all pages, on every CPU.
// Kernel:   pcpu_balance_workfn(), to 5.13.
#include "models/mm/percpu_balance.hpp"

namespace pcpsim {
namespace {

class NoDepopulation final : public Depopulation {
public:
    struct Params {
        static constexpr auto fields() { return std::tuple{}; }
    };
    NoDepopulation(PercpuAllocator& allocator, Params) : allocator_{allocator} {}

    bool freed(ChunkId chunk) override { return has_surplus_free_chunk(allocator_, chunk); }

    Generator<BalanceStep> balance() override {
        for (const PercpuType type : allocator_.types()) {
            co_yield destroy_free_chunks(allocator_, type, FreeChunks::all);
            co_yield populate_reserve(allocator_, type);
        }
    }

private:
    PercpuAllocator& allocator_;
};

const Register<Depopulation, NoDepopulation> registered{
    "none", "only chunks that are wholly free give pages back (to 5.13)"};

}  // namespace
}  // namespace pcpsim
