#pragma once
// What one run measures, before analysis makes it a number that can be averaged.
#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "sim/units.hpp"

namespace pcpsim {

/// Which way a metric is good.
enum class Direction { lower, higher };
constexpr auto enum_names(Direction) { return std::array{"lower", "higher"}; }

struct Measurement {
    std::string name = {};  ///< BENCHMARK/OPERATION, such as "pft/elapsed-48".
    std::string unit = {};  ///< To be shown in: "s", "ms", "us", "ns", or what is counted.
    Direction direction = Direction::lower;
    std::string sentence = {};  ///< What it means, in one sentence.
    std::int64_t value = 0;     ///< Picoseconds for the units of time, a count for all others.
};

/// Of which less is better.
inline Measurement counted(std::string name, std::uint64_t value, std::string sentence) {
    return {std::move(name), "count", Direction::lower, std::move(sentence),
            static_cast<std::int64_t>(value)};
}
inline Measurement microseconds(std::string name, Duration value, std::string sentence) {
    return {std::move(name), "us", Direction::lower, std::move(sentence), value.count()};
}

inline void append(std::vector<Measurement>& all, std::vector<Measurement> more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
}

}  // namespace pcpsim
