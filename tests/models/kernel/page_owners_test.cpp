// Goal: who freed a page last is known for each page. Method: a map from page to owner beside it.
#include "models/kernel/page_owners.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "tests/models/mm/random.hpp"
#include "tests/support/tiny_machine.hpp"

using namespace pcpsim;

namespace {

/// The same page by page.
class OwnerOfEachPage {
public:
    explicit OwnerOfEachPage(const Interconnect& interconnect) : interconnect_{interconnect} {}
    void freed(const PageRun& run, Order order, CpuId cpu) {
        for_each_page(run, order, [&](std::int64_t page) { owners_[page] = cpu; });
    }
    Duration taken(const PageRun& run, Order order, CpuId cpu) {
        Duration fetched;
        for (std::int64_t block = 0; block < std::int64_t{run.count}; ++block) {
            const auto owner = owners_.find(run.at(block).number());
            if (owner != owners_.end()) fetched += interconnect_.transfer(owner->second, cpu);
        }
        for_each_page(run, order, [&](std::int64_t page) { owners_.erase(page); });
        return fetched;
    }

private:
    template <class Visit>
    static void for_each_page(const PageRun& run, Order order, Visit visit) {
        for (std::int64_t block = 0; block < std::int64_t{run.count}; ++block)
            for (std::int64_t page = 0; page < order.pages().count(); ++page)
                visit(run.at(block).number() + page);
    }
    const Interconnect& interconnect_;
    std::map<std::int64_t, CpuId> owners_;
};

}  // namespace

TEST_SUITE("models/kernel/page_owners") {
    TEST_CASE("memory that nobody has freed is fetched from nobody") {
        const Machine machine = tiny_machine();
        PageOwners owners{machine.interconnect};
        CHECK(owners.taken({Pfn{0}, 100, 1}, Order{0}, CpuId{0}) == 0_ns);
    }
    TEST_CASE("each page is fetched once from who freed it, and from nobody the second time") {
        const Machine machine = tiny_machine();
        PageOwners owners{machine.interconnect};
        owners.freed({Pfn{10}, 20, 1}, Order{0}, CpuId{4});
        owners.freed({Pfn{25}, 5, 1}, Order{0}, CpuId{0});
        CHECK(owners.taken({Pfn{0}, 40, 1}, Order{0}, CpuId{0}) ==
              machine.interconnect.transfer(CpuId{4}, CpuId{0}) * 15);
        CHECK(owners.taken({Pfn{0}, 40, 1}, Order{0}, CpuId{0}) == 0_ns);
    }
    TEST_CASE("pages between those of a run with gaps keep their owner") {
        const Machine machine = tiny_machine();
        PageOwners owners{machine.interconnect};
        const PageRun two_pages{Pfn{1000}, 2, 5000};
        owners.freed(two_pages, Order{0}, CpuId{4});
        CHECK(owners.taken({Pfn{1001}, 4999, 1}, Order{0}, CpuId{0}) == 0_ns);
        CHECK(owners.taken(two_pages, Order{0}, CpuId{0}) ==
              machine.interconnect.transfer(CpuId{4}, CpuId{0}) * 2);
    }
    TEST_CASE("any sequence of runs costs what it costs page by page") {
        const Machine machine = tiny_machine();
        constexpr std::int64_t pages = 256;
        for (std::uint64_t seed = 1; seed <= 50; ++seed) {
            test::Random random{seed};
            PageOwners owners{machine.interconnect};
            OwnerOfEachPage reference{machine.interconnect};
            for (int step = 0; step < 200; ++step) {
                const Order order{static_cast<int>(random.below(3))};
                const std::int64_t blocks = pages / order.pages().count();
                const std::int64_t stride = random.below(4) == 0 ? 1 + random.below(7) : 1;
                const std::int64_t first = random.below(blocks);
                const auto count =
                    static_cast<std::uint32_t>(1 + random.below(std::min<std::int64_t>(
                                                       (blocks - 1 - first) / stride + 1, 40)));
                PageRun run{Pfn{first * order.pages().count()}, count,
                            static_cast<std::int32_t>(stride * order.pages().count())};
                if (random.below(2) == 0) run = run.reversed();
                const CpuId cpu{static_cast<std::uint32_t>(random.below(8))};
                if (random.below(2) == 0) {
                    owners.freed(run, order, cpu);
                    reference.freed(run, order, cpu);
                } else {
                    REQUIRE(owners.taken(run, order, cpu) == reference.taken(run, order, cpu));
                }
            }
        }
    }
}
