#pragma once
// Bounded non-linear least squares, by the method of Levenberg and Marquardt: a handful of
// evaluations per fit, where every evaluation is a set of simulations. Plain sums in a fixed order,
// so that the same function gives the same bits everywhere.
#include <functional>
#include <optional>
#include <vector>

namespace pcpsim {

using Vector = std::vector<double>;

/// The solution of a small square system, rows of `matrix`, by elimination with partial pivoting;
/// none if the matrix is singular.
std::optional<Vector> solve(std::vector<Vector> matrix, Vector right);

double sum_of_squares(const Vector& values);

/// From a point of the unit cube, whose faces are the bounds, to the residuals whose squares are
/// summed: always as many, at least one per coordinate.
using Residuals = std::function<Vector(const Vector&)>;

/// Where a search from `start` comes to rest: no step lowers the sum of squares by a thousandth.
Vector least_squares(const Residuals& residuals, Vector start);

}  // namespace pcpsim
