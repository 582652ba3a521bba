#pragma once
// A stretch of a recording: the record at hand, what came before it and what comes after it.
#include <algorithm>
#include <string>
#include <vector>

#include "analysis/replay/recording.hpp"

namespace pcpsim {

class Window {
public:
    /// How many records can be seen ahead. A CPU of a virtual machine may stand still in the middle
    /// of a spill while the others record this many. Only who looks ahead pays for it.
    static constexpr std::int64_t reach = 1 << 15;

    /// Records behind the one at hand: kept as far as can be seen ahead, at least, or not at all.
    /// Then all records take turns in one place, which stays in the cache, unless somebody looks
    /// ahead.
    enum class Behind : std::uint8_t { kept, forgotten };

    explicit Window(RecordStream& stream, Behind behind = Behind::kept)
        : stream_{stream}, behind_{behind} {
        ring_.reserve(places);
    }

    /// Goes to the next record; false at the end.
    bool advance() {
        if (at_ < read_) ++at_;
        if (at_ < read_) return true;
        if (behind_ == Behind::forgotten) first_ = read_;
        return read_one();
    }
    [[nodiscard]] const trace::Record& current() const { return at(at_); }
    /// Counts the records from 0.
    [[nodiscard]] std::int64_t position() const { return at_; }
    [[nodiscard]] const trace::Record& at(std::int64_t position) const {
        return ring_[place_of(position)];
    }
    /// Whether the record exists and is within reach ahead; reads it if need be.
    bool sees(std::int64_t position) {
        while (position >= read_ && position < at_ + sight_)
            if (!read_one()) return false;
        return position < at_ + sight_;
    }
    /// Goes to a record that was read before, if it is still there.
    bool go_to(std::int64_t position) {
        if (position < std::max(first_, read_ - places) || position >= read_) return false;
        at_ = position;
        return true;
    }
    /// From now on no more than this is looked at, ahead or behind.
    void limit_sight(std::int64_t records) { sight_ = records; }
    [[nodiscard]] std::string name() const { return stream_.name(); }
    /// The first position that can still be seen.
    [[nodiscard]] std::int64_t oldest() const {
        return std::max({first_, read_ - places, at_ - sight_});
    }

private:
    static constexpr std::int64_t places = 2 * reach;
    [[nodiscard]] std::size_t place_of(std::int64_t position) const {
        return static_cast<std::size_t>((position - first_) & (places - 1));
    }

    bool read_one() {
        if (at_end_) return false;
        // Only what is used takes memory, and no record in sight moves.
        const std::size_t place = place_of(read_);
        if (place == ring_.size()) ring_.emplace_back();
        at_end_ = !stream_.next(ring_[place]);
        if (!at_end_) ++read_;
        return !at_end_;
    }

    RecordStream& stream_;
    Behind behind_;
    std::vector<trace::Record> ring_;
    std::int64_t at_ = -1;
    std::int64_t read_ = 0;
    std::int64_t first_ = 0;  ///< what came before is forgotten
    std::int64_t sight_ = reach;
    bool at_end_ = false;
};

}  // namespace pcpsim
