// Goal: in every era runs of pages move as the pages themselves would, and none is lost. Method:
// random operations on a pcplist and on lists kept page by page.
#include <doctest/doctest.h>

#include "models/mm/pcplist.hpp"
#include "tests/models/mm/random.hpp"
#include "tests/models/mm/reference_lists.hpp"

using namespace pcpsim;

namespace {

/// A pcplist and its reference, to which the same is done.
class Twins {
public:
    Twins(std::string_view era, std::uint64_t seed)
        : random_{seed}, pcp_{*find_kernel_rules(era), PageGeometry{}}, reference_{era} {
        pcp_.set_limits({7_pages, 60_pages, era == "6.12" ? 300_pages : 60_pages});
    }

    void step() {
        index_ = static_cast<std::size_t>(random_.below(static_cast<std::int64_t>(lists())));
        zone_ = {.reclaim_active = random_.below(4) == 0, .below_high = random_.below(8) == 0};
        const std::int64_t action = random_.below(100);
        // Phases of mostly allocations and mostly frees, so that bursts happen.
        const std::int64_t allocations = ++steps_ % 400 < 200 ? 70 : 25;
        if (action < allocations)
            alloc();
        else if (action < 95)
            free();
        else if (action < 97)
            drain(pcp_.decay());
        else if (action < 99)
            drain(Pages{random_.below(30)});
        else
            drain(pcp_.drain_slice());
        REQUIRE(pcp_.count() == reference_.count());
        pcp_.lists().validate();
    }

    /// Every page that came in has gone out.
    void finish() {
        while (pcp_.count() > 0_pages) drain(pcp_.drain_slice());
        REQUIRE(reference_.count() == 0_pages);
        REQUIRE(in_ == out_);
    }

private:
    [[nodiscard]] std::size_t lists() const { return reference_.size(); }
    test::ReferenceList& list() { return reference_[index_]; }
    Order order() { return Order{list().order}; }

    void alloc() {
        if (list().blocks.empty()) refill();
        if (order() == Order{0} && random_.below(5) == 0) return alloc_bulk();
        REQUIRE(pcp_.pop(order(), list().type).number() == list().blocks.front());
        take_front();
    }

    void alloc_bulk() {
        const PageRun taken = pcp_.take_bulk(list().type, Blocks{1 + random_.below(5)});
        REQUIRE(taken.count > 0);
        for (std::int64_t i = 0; i < taken.count; ++i) {
            REQUIRE(taken.at(i).number() == list().blocks.front());
            take_front();
        }
    }

    void take_front() {
        list().blocks.pop_front();
        out_ += order().pages();
    }

    void refill() {
        REQUIRE(pcp_.needs_refill(order(), list().type));
        test::Notebook again = source_;
        const Moved moved = pcp_.refill(source_, order(), list().type, zone_);
        PageRuns same;
        again.refill(order(), list().type, Blocks{moved.pages / order().pages()}, same);
        while (!same.empty()) list().blocks.push_back(same.pop_head().number());
        in_ += moved.pages;
    }

    void free() {
        const std::int64_t block = 1'000'000 + random_.below(50) * order().pages().count();
        const Pages due = pcp_.free(Pfn{block}, order(), list().type, zone_);
        list().blocks.push_front(block);
        in_ += order().pages();
        const std::size_t first = index_;
        const Moved moved = pcp_.spill(source_, due, order(), list().type);
        REQUIRE(moved.pages >= std::min(due, reference_.count()));
        expect_returned(reference_.bulk_free(due, first));
    }

    void drain(Pages most) {
        pcp_.drain(source_, most);
        expect_returned(reference_.bulk_free(most, 0));
    }

    void expect_returned(const std::vector<test::Block>& blocks) {
        REQUIRE(source_.returned == blocks);
        source_.returned.clear();
        for (const test::Block& block : blocks) out_ += Order{block.order}.pages();
    }

    test::Random random_;
    test::Notebook source_;
    Pcplist pcp_;
    test::ReferenceLists reference_;
    ZoneFlags zone_;
    std::size_t index_ = 0;
    std::int64_t steps_ = 0;
    Pages in_, out_;
};

}  // namespace

TEST_SUITE("models/mm/pcplist eras") {
    TEST_CASE("lists, and the orders they are for, are those of the era") {
        const auto layout = [](std::string_view era) {
            return PcpLayout{*find_kernel_rules(era), PageGeometry{}};
        };
        CHECK(layout("5.10").lists() == 3);
        CHECK(layout("5.17").lists() == 15);
        for (const std::string_view era : {"6.0", "6.1", "6.2"}) CHECK(layout(era).lists() == 13);
        CHECK(layout("6.12").lists() == 14);
        for (const std::string_view era : kernel_names()) {
            const PcpLayout lists = layout(era);
            for (int order = 0; order <= 10; ++order)
                CHECK(lists.has_list(Order{order}) ==
                      (order == 0 || (era != "5.10" && (order <= 3 || order == 9))));
            for (std::size_t index = 0; index < lists.lists(); ++index)
                CHECK(lists.index(lists.order(index), lists.type(index)) == index);
        }
    }
    TEST_CASE(
        "huge blocks share one list in 6.0, and only the movable ones have their own in 6.12") {
        const PcpLayout shared{*find_kernel_rules("6.0"), PageGeometry{}};
        const PcpLayout apart{*find_kernel_rules("6.12"), PageGeometry{}};
        for (const MigrateType type : pcp_types) {
            CHECK(shared.index(Order{9}, type) == 12);
            CHECK(apart.index(Order{9}, type) == (type == MigrateType::movable ? 13 : 12));
        }
    }
    TEST_CASE("5.10 frees from the lists in turns that grow by one for every empty list") {
        test::Notebook source;
        PcpLists lists{PcpLayout{*find_kernel_rules("5.10"), PageGeometry{}}};
        for (const std::int64_t pfn : {3, 2, 1})
            lists.push_head(Pfn{pfn}, Order{0}, MigrateType::unmovable);
        for (const std::int64_t pfn : {25, 24, 23, 22, 21})
            lists.push_head(Pfn{pfn}, Order{0}, MigrateType::reclaimable);
        lists.bulk_free(source, 7_pages);
        // Movable is empty, so reclaimable gives two; unmovable one; past movable again two, one,
        // and the last.
        std::vector<std::int64_t> freed;
        for (const test::Block& block : source.returned) freed.push_back(block.pfn);
        CHECK(freed == std::vector<std::int64_t>{25, 24, 3, 23, 22, 2, 21});
    }
    TEST_CASE("5.10 frees the only list that is not empty in one piece") {
        test::Notebook source;
        PcpLists lists{PcpLayout{*find_kernel_rules("5.10"), PageGeometry{}}};
        for (std::int64_t pfn = 30; pfn > 0; --pfn)
            lists.push_head(Pfn{pfn}, Order{0}, MigrateType::unmovable);
        CHECK(lists.bulk_free(source, Pages::max()) == Moved{30_pages, 1});
    }
    TEST_CASE("a run is freed as its pages would be, and as many can be as are said to") {
        for (const std::string_view era : kernel_names()) {
            CAPTURE(era);
            for (const bool below_high : {false, true}) {
                const ZoneFlags zone{.below_high = below_high};
                Pcplist whole{*find_kernel_rules(era), PageGeometry{}};
                whole.set_limits({7_pages, 60_pages, era == "6.12" ? 300_pages : 60_pages});
                Pcplist single{*find_kernel_rules(era), PageGeometry{}};
                single.set_tuning(whole.tuning());
                const Blocks frees = whole.frees_before_spill(Blocks{1000}, zone);
                CHECK(whole.frees_before_spill(Blocks{5}, zone) == Blocks{5});
                REQUIRE(frees > Blocks{5});
                whole.free_run({Pfn{1}, static_cast<std::uint32_t>(frees.count()), 1},
                               MigrateType::movable, zone);
                std::int64_t pfn = 1;
                for (; pfn <= frees.count(); ++pfn)
                    CHECK(single.free(Pfn{pfn}, Order{0}, MigrateType::movable, zone) == 0_pages);
                CHECK(whole.count() == single.count());
                CHECK(whole.tuning().high == single.tuning().high);
                CHECK(whole.tuning().free_count == single.tuning().free_count);
                CHECK(whole.lists().list(Order{0}, MigrateType::movable).begin()->first ==
                      Pfn{frees.count()});
                if (frees < Blocks{1000})
                    CHECK(single.free(Pfn{pfn}, Order{0}, MigrateType::movable, zone) > 0_pages);
            }
        }
    }
    TEST_CASE("random operations move the same pages as lists kept page by page") {
        for (const std::string_view era : kernel_names()) {
            CAPTURE(era);
            for (std::uint64_t seed = 0; seed < 12; ++seed) {
                CAPTURE(seed);
                Twins twins{era, seed};
                for (int step = 0; step < 1200; ++step) twins.step();
                twins.finish();
            }
        }
    }
}
