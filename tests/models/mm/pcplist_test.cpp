// Goal: pcplists hand out, spill and drain the pages that the kernel would, in its order.
// Method: a source that writes down what it gets back.
#include "models/mm/pcplist.hpp"

#include <doctest/doctest.h>

#include "tests/models/mm/notebook.hpp"

using namespace pcpsim;

namespace {

using test::Block;
using test::Notebook;

constexpr auto unmovable = MigrateType::unmovable;
constexpr auto movable = MigrateType::movable;
const KernelRules& rules = *find_kernel_rules("5.17");

Pcplist pcplist_with(Pages batch, Pages high) {
    Pcplist pcp{rules, PageGeometry{}};
    pcp.set_limits({batch, high, high});
    return pcp;
}

}  // namespace

TEST_SUITE("models/mm/pcplist") {
    TEST_CASE("an empty list is refilled with a batch and gives its pages in that order") {
        Notebook source;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        REQUIRE(pcp.needs_refill(Order{0}, movable));
        CHECK(pcp.refill(source, Order{0}, movable, {}) == Moved{63_pages, 32});
        CHECK(pcp.count() == 63_pages);
        CHECK(pcp.pop(Order{0}, movable) == Pfn{0});
        CHECK(pcp.pop(Order{0}, movable) == Pfn{1});
        CHECK(pcp.pop(Order{0}, movable) == Pfn{3});
        CHECK(pcp.count() == 60_pages);
        CHECK(pcp.needs_refill(Order{0}, unmovable));
    }
    TEST_CASE("the page freed last is allocated first") {
        Notebook source;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        pcp.refill(source, Order{0}, movable, {});
        CHECK(pcp.free(Pfn{5000}, Order{0}, movable, {}) == 0_pages);
        CHECK(pcp.pop(Order{0}, movable) == Pfn{5000});
    }
    TEST_CASE("a source that has run out moves nothing") {
        Notebook source;
        source.left = 0;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        CHECK(pcp.refill(source, Order{0}, movable, {}) == Moved{});
        CHECK(pcp.needs_refill(Order{0}, movable));
    }
    TEST_CASE("reaching high spills the pages untouched for longest") {
        Notebook source;
        Pcplist pcp = pcplist_with(3_pages, 12_pages);
        for (std::int64_t pfn = 0; pfn < 11; ++pfn)
            REQUIRE(pcp.free(Pfn{pfn}, Order{0}, movable, {}) == 0_pages);
        const Pages due = pcp.free(Pfn{11}, Order{0}, movable, {});
        CHECK(due == 3_pages);
        CHECK(pcp.spill(source, due, Order{0}, movable) == Moved{3_pages, 1});
        CHECK(source.returned ==
              std::vector<Block>{{0, 0, movable}, {1, 0, movable}, {2, 0, movable}});
        CHECK(pcp.count() == 9_pages);
    }
    TEST_CASE("a spill starts with the list freed to and may exceed its quota by a block") {
        Notebook source;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        pcp.free(Pfn{1}, Order{0}, unmovable, {});
        pcp.free(Pfn{8}, Order{3}, movable, {});
        CHECK(pcp.spill(source, 7_pages, Order{3}, movable) == Moved{8_pages, 1});
        CHECK(source.returned == std::vector<Block>{{8, 3, movable}});
    }
    TEST_CASE("a drain empties every list, smallest order and lowest type first") {
        Notebook source;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        pcp.free(Pfn{512}, Order{9}, unmovable, {});
        pcp.free(Pfn{2}, Order{1}, unmovable, {});
        pcp.free(Pfn{7}, Order{0}, movable, {});
        pcp.free(Pfn{9}, Order{0}, unmovable, {});
        CHECK(pcp.drain(source).pages == 516_pages);
        CHECK(source.returned ==
              std::vector<Block>{
                  {9, 0, unmovable}, {7, 0, movable}, {2, 1, unmovable}, {512, 9, unmovable}});
        CHECK(pcp.count() == 0_pages);
        CHECK(pcp.drain(source) == Moved{});
    }
    TEST_CASE("exchanged lists take their pages along and leave the tuning") {
        Notebook source;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        pcp.refill(source, Order{0}, movable, {});
        PcpLists spare{pcp.lists().layout()};
        pcp.swap_lists(spare);
        CHECK(pcp.count() == 0_pages);
        CHECK(pcp.tuning().batch == 63_pages);
        CHECK(spare.count() == 63_pages);
        CHECK(spare.bulk_free(source, Pages::max()).pages == 63_pages);
    }
    TEST_CASE("only small orders and huge pages have lists") {
        const PcpLayout layout{rules, PageGeometry{}};
        CHECK(layout.lists() == 15);
        for (int order = 0; order <= 10; ++order)
            CHECK(layout.has_list(Order{order}) == (order <= 3 || order == 9));
        for (std::size_t index = 0; index < layout.lists(); ++index)
            CHECK(layout.index(layout.order(index), layout.type(index)) == index);
    }
    TEST_CASE("pages taken in bulk come from the head and do not end a burst of frees") {
        Notebook source;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        PcpTuning burst = pcp.tuning();
        burst.free_factor = 2;
        pcp.set_tuning(burst);
        pcp.refill(source, Order{0}, unmovable, {});
        CHECK(pcp.take_bulk(unmovable, Blocks{4}) == PageRun{Pfn{0}, 2, 1});
        CHECK(pcp.count() == 61_pages);
        CHECK(pcp.tuning().free_factor == 2);
        pcp.pop(Order{0}, unmovable);
        CHECK(pcp.tuning().free_factor == 1);
    }
    TEST_CASE("reserved and CMA blocks join the movable list, isolated ones none") {
        CHECK(pcp_type(MigrateType::reclaimable) == MigrateType::reclaimable);
        CHECK(pcp_type(MigrateType::highatomic) == movable);
        CHECK(pcp_type(MigrateType::cma) == movable);
        CHECK(pcp_type(MigrateType::isolate) == std::nullopt);
    }
    TEST_CASE("a remote list gives pages back when idle for three intervals") {
        Notebook source;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        CHECK_FALSE(pcp.expires(true));
        pcp.free(Pfn{1}, Order{0}, movable, {});
        CHECK_FALSE(pcp.expires(true));
        CHECK_FALSE(pcp.expires(false));
        CHECK_FALSE(pcp.expires(true));
        CHECK_FALSE(pcp.expires(false));
        CHECK(pcp.expires(false));
        CHECK_FALSE(pcp.expires(false));
    }
    TEST_CASE("new limits take high along") {
        Pcplist pcp{*find_kernel_rules("6.12"), PageGeometry{}};
        pcp.set_limits({63_pages, 475_pages, 15'591_pages});
        CHECK(pcp.tuning().high == 475_pages);
        pcp.set_limits({1_pages, 0_pages, 0_pages});
        CHECK(pcp.tuning().high == 0_pages);
    }
}
