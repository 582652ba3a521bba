// Goal: pcplists hand out, spill and drain the pages that the kernel would, in its order, and lose
// none. Method: a source that writes down what it gets back; a page-by-page reference.
#include "models/mm/pcplist.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <map>

#include "tests/models/mm/random.hpp"

using namespace pcpsim;

namespace {

constexpr auto unmovable = MigrateType::unmovable;
constexpr auto movable = MigrateType::movable;
const KernelRules& rules = *find_kernel_rules("5.17");

struct Block {
    std::int64_t pfn;
    int order;
    MigrateType type;
    bool operator==(const Block&) const = default;
};

/// Gives ascending blocks, two neighbours and then a gap, up to `left`; notes what comes back.
class Notebook final : public PageSource {
public:
    Blocks refill(Order order, MigrateType, Blocks want, PageRuns& list) override {
        Blocks got;
        for (; got < want && left > 0; got += Blocks{1}, --left) {
            list.push_tail(Pfn{next});
            next += order.pages().count() * (got.count() % 2 == 0 ? 1 : 2);
        }
        return got;
    }
    void give_back(Order order, MigrateType type, const PageRun& run) override {
        for (std::int64_t i = 0; i < run.count; ++i)
            returned.push_back({run.at(i).number(), order.number(), type});
    }

    std::int64_t next = 0;
    std::int64_t left = 1'000'000;
    std::vector<Block> returned;
};

Pcplist pcplist_with(Pages batch, Pages high) {
    Pcplist pcp{rules, PageGeometry{}};
    pcp.set_limits(batch, high);
    return pcp;
}

/// free_pcppages_bulk() on deques: one page at a time, all from one list before the next in turn.
class ReferenceLists {
public:
    static constexpr std::size_t lists = 15;
    static int order_of(std::size_t index) { return index < 12 ? static_cast<int>(index / 3) : 9; }
    static MigrateType type_of(std::size_t index) { return pcp_types[index % 3]; }

    std::vector<Block> bulk_free(Pages pages, std::size_t index) {
        std::vector<Block> freed;
        std::int64_t left = pages.count();
        std::size_t visited_empty = 0;
        while (left > 0 && visited_empty < lists) {
            auto& list = pages_[index];
            if (list.empty()) {
                index = index + 1 == lists ? 0 : index + 1;
                ++visited_empty;
                continue;
            }
            visited_empty = 0;
            freed.push_back({list.back(), order_of(index), type_of(index)});
            list.pop_back();
            left -= std::int64_t{1} << order_of(index);
        }
        return freed;
    }
    std::deque<std::int64_t>& operator[](std::size_t index) { return pages_[index]; }

private:
    std::map<std::size_t, std::deque<std::int64_t>> pages_;
};

}  // namespace

TEST_SUITE("models/mm/pcplist") {
    TEST_CASE("an empty list is refilled with a batch and gives its pages in that order") {
        Notebook source;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        REQUIRE(pcp.needs_refill(Order{0}, movable));
        CHECK(pcp.refill(source, Order{0}, movable) == Moved{63_pages, 32});
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
        pcp.refill(source, Order{0}, movable);
        CHECK(pcp.free(Pfn{5000}, Order{0}, movable, false) == 0_pages);
        CHECK(pcp.pop(Order{0}, movable) == Pfn{5000});
    }
    TEST_CASE("a source that has run out moves nothing") {
        Notebook source;
        source.left = 0;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        CHECK(pcp.refill(source, Order{0}, movable) == Moved{});
        CHECK(pcp.needs_refill(Order{0}, movable));
    }
    TEST_CASE("reaching high spills the pages untouched for longest") {
        Notebook source;
        Pcplist pcp = pcplist_with(3_pages, 12_pages);
        for (std::int64_t pfn = 0; pfn < 11; ++pfn)
            REQUIRE(pcp.free(Pfn{pfn}, Order{0}, movable, false) == 0_pages);
        const Pages due = pcp.free(Pfn{11}, Order{0}, movable, false);
        CHECK(due == 3_pages);
        CHECK(pcp.spill(source, due, Order{0}, movable) == Moved{3_pages, 1});
        CHECK(source.returned ==
              std::vector<Block>{{0, 0, movable}, {1, 0, movable}, {2, 0, movable}});
        CHECK(pcp.count() == 9_pages);
    }
    TEST_CASE("a spill starts with the list freed to and may exceed its quota by a block") {
        Notebook source;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        pcp.free(Pfn{1}, Order{0}, unmovable, false);
        pcp.free(Pfn{8}, Order{3}, movable, false);
        CHECK(pcp.spill(source, 7_pages, Order{3}, movable) == Moved{8_pages, 1});
        CHECK(source.returned == std::vector<Block>{{8, 3, movable}});
    }
    TEST_CASE("a drain empties every list, smallest order and lowest type first") {
        Notebook source;
        Pcplist pcp = pcplist_with(63_pages, 474_pages);
        pcp.free(Pfn{512}, Order{9}, unmovable, false);
        pcp.free(Pfn{2}, Order{1}, unmovable, false);
        pcp.free(Pfn{7}, Order{0}, movable, false);
        pcp.free(Pfn{9}, Order{0}, unmovable, false);
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
        pcp.refill(source, Order{0}, movable);
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
    TEST_CASE("random operations move the same pages as lists kept page by page") {
        for (std::uint64_t seed = 0; seed < 20; ++seed) {
            CAPTURE(seed);
            test::Random random{seed};
            Notebook source;
            Pcplist pcp = pcplist_with(7_pages, 60_pages);
            ReferenceLists reference;
            Pages count;
            const auto expect_returned = [&](const std::vector<Block>& expected) {
                REQUIRE(source.returned == expected);
                source.returned.clear();
                for (const Block& block : expected) count -= Order{block.order}.pages();
            };
            for (int round = 0; round < 800; ++round) {
                const auto index = static_cast<std::size_t>(random.below(ReferenceLists::lists));
                const Order order{ReferenceLists::order_of(index)};
                const MigrateType type = ReferenceLists::type_of(index);
                auto& list = reference[index];
                const std::int64_t action = random.below(20);
                if (action < 9) {
                    if (list.empty()) {
                        const std::int64_t first = source.next;
                        const Moved moved = pcp.refill(source, order, type);
                        source.next = first;
                        PageRuns runs;
                        source.refill(order, type, Blocks{moved.pages / order.pages()}, runs);
                        while (!runs.empty()) list.push_back(runs.pop_head().number());
                        count += moved.pages;
                    }
                    REQUIRE(pcp.pop(order, type).number() == list.front());
                    list.pop_front();
                    count -= order.pages();
                } else if (action < 19) {
                    const std::int64_t pfn = 1'000'000 + random.below(50) * order.pages().count();
                    const Pages due = pcp.free(Pfn{pfn}, order, type, random.below(4) == 0);
                    list.push_front(pfn);
                    count += order.pages();
                    const Moved moved = pcp.spill(source, due, order, type);
                    REQUIRE(moved.pages >= due);
                    expect_returned(reference.bulk_free(due, index));
                } else {
                    pcp.drain(source);
                    expect_returned(reference.bulk_free(Pages::max(), 0));
                    REQUIRE(pcp.count() == 0_pages);
                }
                REQUIRE(pcp.count() == count);
                pcp.lists().validate();
            }
        }
    }
}
