// Goal: a watched source reports every block that passes, in order, and changes nothing. Method: a
// source of one run, and a notebook.
#include "models/mm/page_source.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace pcpsim;

namespace {

class OneRun final : public PageSource {
public:
    Blocks refill(Order, MigrateType, Blocks want, PageRuns& list) override {
        list.push_tail(PageRun{Pfn{100}, static_cast<std::uint32_t>(want.count()), 1});
        return want;
    }
    void give_back(Order, MigrateType, const PageRun& run) override { returned += run.blocks(); }

    Blocks returned;
};

struct Notebook final : PageMoves {
    void taken(Order, const PageRun& run) override { takes.push_back(run); }
    void given_back(Order, const PageRun& run) override { returns.push_back(run); }

    std::vector<PageRun> takes, returns;
};

}  // namespace

TEST_SUITE("models/mm/page_source") {
    TEST_CASE("what passes through is reported, and only that") {
        OneRun source;
        Notebook notebook;
        WatchedSource watched{source, notebook};
        PageRuns list;
        CHECK(watched.refill(Order{0}, MigrateType::movable, Blocks{3}, list) == Blocks{3});
        CHECK(notebook.takes == std::vector<PageRun>{{Pfn{100}, 3, 1}});
        CHECK(list.size() == Blocks{3});
        watched.give_back(Order{0}, MigrateType::movable, PageRun{Pfn{102}, 2, -1});
        CHECK(notebook.returns == std::vector<PageRun>{{Pfn{102}, 2, -1}});
        CHECK(source.returned == Blocks{2});
    }
}
