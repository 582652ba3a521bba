#pragma once
// A source of pages that writes down what it gets back.
#include <vector>

#include "models/mm/page_source.hpp"

namespace pcpsim::test {

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

}  // namespace pcpsim::test
