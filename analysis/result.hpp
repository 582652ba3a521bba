#pragma once
// What everything is printed from: numbers by metric, strategy and seed, free of the simulation.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/kernel/measurement.hpp"

namespace pcpsim {

struct Metric {
    std::string name = {};  ///< BENCHMARK/OPERATION, such as "pft/elapsed-48".
    std::string unit = {};  ///< Of the samples: "s", "us", "pages", ...
    Direction direction = Direction::lower;
    std::string sentence = {};  ///< What it means, in one sentence.

    bool operator==(const Metric&) const = default;
    /// The part of the name before the slash, and the part after it.
    [[nodiscard]] std::string benchmark() const { return name.substr(0, name.find('/')); }
    [[nodiscard]] std::string operation() const { return name.substr(name.find('/') + 1); }
    /// So much per second, of which more is better: averaged as the times that it takes.
    [[nodiscard]] bool is_rate() const {
        return direction == Direction::higher && unit.find('/') != std::string::npos;
    }
};

/// The only way from an integer of a run to a sample: picoseconds become the metric's unit of time
/// ("s", "ms", "us", "ns"); a value in any other unit is a count and stays.
double in_unit(std::int64_t value, std::string_view unit);

/// In the order of the manifest's seeds.
using Samples = std::vector<double>;

struct Series {
    Metric metric;
    std::vector<Samples> samples;  ///< One per strategy, all of the same length.
};

struct StrategyName {
    std::string label;  ///< Names the column; unique in a result.
    std::string model;  ///< The registered strategy, such as "rcu-swap".
};

/// What makes a result repeatable. No wall clock, host, path or number of jobs: the same scenario
/// gives the same bytes.
struct Manifest {
    std::string version;     ///< Of this program.
    std::string scenario;    ///< JSON text after defaults and overrides, keys sorted.
    std::string parameters;  ///< JSON text: the value of every parameter that was in effect.
    std::vector<std::uint64_t> seeds;
    std::string fingerprint;  ///< Of all contacts of all runs, in run order.
};

/// What a reader must know to understand the numbers.
struct Subject {
    std::string question = {};
    std::string machine_id = {};          ///< As in published tables: "epyc-7742-2s".
    std::string machine_name = {};        ///< For people.
    std::vector<std::string> notes = {};  ///< Lines such as how a workload was scaled down.
};

struct ResultSet {
    Manifest manifest;
    Subject subject;
    std::vector<StrategyName> strategies;  ///< The first is the baseline.
    std::vector<Series> series;            ///< In benchmark order.
};

}  // namespace pcpsim
