#pragma once
// How far a simulation is from what was published.
#include <optional>
#include <string>
#include <vector>

#include "analysis/published.hpp"
#include "analysis/result.hpp"

namespace pcpsim {

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
