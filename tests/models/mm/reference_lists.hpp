#pragma once
// The pcplists of an era as the kernel has them, page by page: slow and plain.
#include <algorithm>
#include <deque>
#include <string_view>
#include <vector>

#include "tests/models/mm/notebook.hpp"

namespace pcpsim::test {

struct ReferenceList {
    int order;
    MigrateType type;  ///< as which its blocks are given back
    std::deque<std::int64_t> blocks{};
};

class ReferenceLists {
public:
    explicit ReferenceLists(std::string_view era) : in_turns_{era == "5.10"} {
        for (int order = 0; order <= (in_turns_ ? 0 : 3); ++order)
            for (const MigrateType type : pcp_types) lists_.push_back({order, type});
        if (in_turns_) return;
        if (era == "5.17" || era == "6.12") lists_.push_back({9, MigrateType::unmovable});
        lists_.push_back({9, MigrateType::movable});
        if (era == "5.17") lists_.push_back({9, MigrateType::reclaimable});
    }

    [[nodiscard]] std::size_t size() const { return lists_.size(); }
    ReferenceList& operator[](std::size_t index) { return lists_[index]; }

    [[nodiscard]] Pages count() const {
        Pages sum;
        for (const ReferenceList& list : lists_)
            sum += Order{list.order}.pages() * std::ssize(list.blocks);
        return sum;
    }

    /// What free_pcppages_bulk() frees, first to last.
    std::vector<Block> bulk_free(Pages pages, std::size_t first) {
        std::vector<Block> freed;
        std::size_t index = in_turns_ ? 1 : first;
        std::size_t turn = 1;
        for (std::int64_t left = std::min(pages, count()).count(); left > 0;) {
            ReferenceList& list = lists_[index];
            if (list.blocks.empty() || turn == 0) {
                index = (index + 1) % lists_.size();
                ++turn;
                // No other list has used up its turn on the way round: take all from this one.
                if (turn == lists_.size() && !lists_[index].blocks.empty())
                    turn = static_cast<std::size_t>(left);
                continue;
            }
            freed.push_back({list.blocks.back(), list.order, list.type});
            list.blocks.pop_back();
            left -= std::int64_t{1} << list.order;
            if (in_turns_) --turn;
        }
        return freed;
    }

private:
    bool in_turns_;
    std::vector<ReferenceList> lists_;
};

}  // namespace pcpsim::test
