#pragma once
// Pages between two owners while time passes: allocated and not yet with their user, or taken from
// him and not yet free. A census of a run that is cut short there finds them here.
#include "models/mm/census.hpp"

namespace pcpsim {

class PagesInHand {
public:
    /// All that are in somebody's hand.
    class List {
    public:
        void count_pages(Census& census) const {
            for (const PagesInHand* hand = first_; hand != nullptr; hand = hand->next_)
                for (const PageRun& run : hand->pages) census.count(run, hand->order_);
        }

    private:
        friend class PagesInHand;
        PagesInHand* first_ = nullptr;
    };

    /// The list outlives it.
    PagesInHand(List& list, Order order) : list_{list}, order_{order}, next_{list.first_} {
        if (next_ != nullptr) next_->previous_ = this;
        list.first_ = this;
    }
    ~PagesInHand() {
        (previous_ != nullptr ? previous_->next_ : list_.first_) = next_;
        if (next_ != nullptr) next_->previous_ = previous_;
    }
    PagesInHand(const PagesInHand&) = delete;
    PagesInHand& operator=(const PagesInHand&) = delete;

    [[nodiscard]] Order order() const { return order_; }
    /// Of that order.
    PageRuns pages;

private:
    List& list_;
    Order order_;
    PagesInHand* previous_ = nullptr;
    PagesInHand* next_;
};

}  // namespace pcpsim
