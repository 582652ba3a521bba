#pragma once
// Where pcplists get their blocks from and give them back to: a buddy allocator or a recording.
#include "models/mm/page_runs.hpp"

namespace pcpsim {

class PageSource {
public:
    /// Fills an empty list with up to `want` blocks, one after the other, as rmqueue_bulk(); fewer,
    /// or none, if there are no more. Returns how many.
    virtual Blocks refill(Order order, MigrateType type, Blocks want, PageRuns& list) = 0;
    /// Frees the blocks of one pcplist one after the other in the order of the run, as
    /// free_pcppages_bulk() calls __free_one_page().
    virtual void give_back(Order order, MigrateType type, const PageRun& run) = 0;

protected:
    PageSource() = default;
    PageSource(const PageSource&) = default;
    PageSource& operator=(const PageSource&) = default;
    ~PageSource() = default;
};

/// Told of the blocks that pcplists take from a source and give back to it, in order.
class PageMoves {
public:
    virtual ~PageMoves() = default;
    virtual void taken(Order order, const PageRun& run) = 0;
    virtual void given_back(Order order, const PageRun& run) = 0;
};

/// A source that reports what passes through it.
class WatchedSource final : public PageSource {
public:
    WatchedSource(PageSource& source, PageMoves& moves) : source_{source}, moves_{moves} {}
    Blocks refill(Order order, MigrateType type, Blocks want, PageRuns& list) override {
        const Blocks got = source_.refill(order, type, want, list);
        for (const PageRun& run : list) moves_.taken(order, run);
        return got;
    }
    void give_back(Order order, MigrateType type, const PageRun& run) override {
        source_.give_back(order, type, run);
        moves_.given_back(order, run);
    }

private:
    PageSource& source_;
    PageMoves& moves_;
};

}  // namespace pcpsim
