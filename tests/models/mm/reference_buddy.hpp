#pragma once
// The buddy allocator as simple as it can be said: one sequence of blocks per order and type, found
// by search, one block at a time. What Buddy is compared with, list by list.
#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "models/mm/page.hpp"

namespace pcpsim::test {

class ReferenceBuddy {
public:
    ReferenceBuddy(PageGeometry geometry, std::int64_t start, std::int64_t end)
        : max_{geometry.max_order.number()},
          pageblock_{geometry.pageblock_order.number()},
          start_{start},
          end_{end} {}

    void add_range(std::int64_t first, std::int64_t end) {
        while (first < end) {
            int order = max_;
            while (first % size(order) != 0 || first + size(order) > end) --order;
            free(first, order, type_of(first), true);
            first += size(order);
        }
    }
    std::optional<std::int64_t> alloc(int order, int type) {
        if (const auto block = split(order, type)) return block;
        if (!fall_back(order, type)) return std::nullopt;
        return split(order, type);
    }
    void free(std::int64_t block, int order, int type, bool to_tail = false) {
        for (; order < max_ && is_free(block ^ size(order), order); ++order) {
            const std::int64_t buddy = block ^ size(order);
            if (order >= pageblock_ && type != type_of(buddy) && (type > 2 || type_of(buddy) > 2))
                break;
            erase(buddy, order);
            block = std::min(block, buddy);
        }
        const std::int64_t parent = block / size(order + 1) * size(order + 1);
        const bool parent_may_merge =
            order + 1 < max_ && is_free(parent ^ size(order + 1), order + 1);
        insert(block, order, type, to_tail || parent_may_merge);
    }
    const std::deque<std::int64_t>& list(int order, int type) { return lists_[{order, type}]; }
    void set_type(std::int64_t page, int type) { types_[page / size(pageblock_)] = type; }
    int type_of(std::int64_t page) {
        const auto found = types_.find(page / size(pageblock_));
        return found == types_.end() ? 1 : found->second;
    }

private:
    static std::int64_t size(int order) { return std::int64_t{1} << order; }

    bool is_free(std::int64_t block, int order) {
        for (int type = 0; type < 6; ++type)
            if (std::ranges::count(lists_[{order, type}], block) != 0) return true;
        return false;
    }
    void erase(std::int64_t block, int order) {
        for (int type = 0; type < 6; ++type) std::erase(lists_[{order, type}], block);
    }
    void insert(std::int64_t block, int order, int type, bool to_tail) {
        auto& list = lists_[{order, type}];
        list.insert(to_tail ? list.end() : list.begin(), block);
    }
    std::optional<std::int64_t> split(int wanted, int type) {
        int order = wanted;
        while (order <= max_ && lists_[{order, type}].empty()) ++order;
        if (order > max_) return std::nullopt;
        const std::int64_t block = lists_[{order, type}].front();
        lists_[{order, type}].pop_front();
        while (order > wanted) {
            --order;
            insert(block + size(order), order, type, false);
        }
        return block;
    }
    int fallback(int order, int type) {
        static constexpr int tries[3][2] = {{2, 1}, {2, 0}, {0, 1}};
        for (const int other : tries[type])
            if (!lists_[{order, other}].empty()) return other;
        return -1;
    }
    bool fall_back(int wanted, int type) {
        if (type > 2) return false;
        int order = max_;
        while (order >= wanted && fallback(order, type) < 0) --order;
        if (order < wanted) return false;
        if (type == 1 && order < pageblock_ / 2)
            for (order = wanted; fallback(order, type) < 0;) ++order;
        const int other = fallback(order, type);
        const std::int64_t block = lists_[{order, other}].front();
        const bool claim = type != 1 || order >= pageblock_ / 2;
        if (order >= pageblock_) {
            for (std::int64_t at = 0; at < size(order); at += size(pageblock_))
                set_type(block + at, type);
        } else if (claim && move_pageblock(block, type)) {
            return true;
        }
        erase(block, order);
        insert(block, order, type, true);
        return true;
    }
    bool move_pageblock(std::int64_t block, int type) {
        std::int64_t first = block / size(pageblock_) * size(pageblock_);
        const std::int64_t last = first + size(pageblock_);
        if (first < start_) first = block;
        if (last > end_) return false;
        std::int64_t moved = 0;
        for (std::int64_t page = first; page < last; ++page)
            for (int order = 0; order < pageblock_; ++order)
                if (page % size(order) == 0 && is_free(page, order)) {
                    erase(page, order);
                    insert(page, order, type, true);
                    moved += size(order);
                }
        if (2 * moved >= size(pageblock_)) set_type(block, type);
        return true;
    }

    int max_, pageblock_;
    std::int64_t start_, end_;
    std::map<std::pair<int, int>, std::deque<std::int64_t>> lists_;
    std::map<std::int64_t, int> types_;
};

}  // namespace pcpsim::test
