#pragma once
// Published tables, and how far a simulation is from them.
#include <optional>
#include <string>
#include <vector>

#include "analysis/result.hpp"

namespace pcpsim {

/// A published number: of the operation "elapsed-48", the one at 48 on the curve "elapsed".
struct PublishedCell {
    std::string operation;
    double mean = 0;
    std::optional<double> gain;  ///< Over the first column in percent, positive is better.

    [[nodiscard]] std::string curve() const { return operation.substr(0, operation.rfind('-')); }
    /// The number behind the dash, such as the clients.
    [[nodiscard]] double at() const;
};

struct PublishedColumn {
    std::string name;      ///< As published: "rcu".
    std::string strategy;  ///< The model that it measured: "rcu-swap".
    bool fitted = false;   ///< Costs of the machine were fitted to it: its errors predict nothing.
    std::vector<PublishedCell> cells;  ///< Curve by curve, each from its lowest point.
};

/// The published numbers of one machine.
struct PublishedTable {
    std::string source;
    std::string benchmark;  ///< As in the names of metrics: "pft".
    std::string unit;
    Direction direction = Direction::lower;
    std::string machine;
    std::vector<PublishedColumn> columns;  ///< The first is the baseline.
};

/// Reads the part of a reference file that is about the machine. Throws a ScenarioError, also if
/// the file does not know the machine.
PublishedTable read_published(const std::string& path, const std::string& machine);

/// The errors of one curve. The first point anchors the simulated costs and is not counted.
struct CurveError {
    std::string curve;
    std::size_t rows = 0;            ///< Counted.
    double mean_absolute_error = 0;  ///< Percent of the published means.
    /// The same error of a guess from both neighbours on log-log axes, over the inner points, and
    /// the simulation's over these points: what the model must beat to have earned its keep.
    std::optional<double> interpolation;
    std::optional<double> inner_error;
    /// Mean distance of simulated from published gains in percentage points, and that of the guess
    /// that the strategies do not differ. Not for the baseline.
    std::optional<double> gain_error;
    std::optional<double> no_difference;
};

struct CellError {
    std::string operation;
    double simulated = 0;
    double published = 0;
    bool anchor = false;

    [[nodiscard]] double percent() const { return 100 * (simulated - published) / published; }
};

struct ColumnError {
    std::string label;   ///< The strategy's.
    std::string column;  ///< The published name.
    bool fitted = false;
    std::vector<CellError> cells;  ///< The published cells that were simulated, in benchmark order.
    std::vector<CurveError> curves;
};

struct ReferenceErrors {
    std::string source;
    std::string machine;
    std::vector<ColumnError> columns;  ///< One per strategy that has a published column.
};

ReferenceErrors errors_against(const PublishedTable& published, const ResultSet& results);

}  // namespace pcpsim
