#include "analysis/calibration/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace pcpsim {
namespace {

/// Of a difference quotient: wide enough that a simulation's grain does not show in the slope.
constexpr double probe = 0.02;
constexpr double worthwhile = 1e-3;
constexpr int steps_limit = 20;
constexpr double damping_limit = 1;

/// Column by column: how the residuals change with one coordinate.
std::vector<Vector> slopes(const Residuals& residuals, const Vector& at, const Vector& here) {
    std::vector<Vector> columns;
    for (std::size_t i = 0; i < at.size(); ++i) {
        Vector aside = at;
        aside[i] += at[i] + probe <= 1 ? probe : -probe;
        const Vector there = residuals(aside);
        Vector column;
        for (std::size_t row = 0; row < here.size(); ++row)
            column.push_back((there[row] - here[row]) / (aside[i] - at[i]));
        columns.push_back(std::move(column));
    }
    return columns;
}

double dot(const Vector& a, const Vector& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

/// Broyden's update: the least change of the slopes that explains what a step has done, for nothing
/// but the evaluation that the step cost anyway.
void learn(std::vector<Vector>& columns, const Vector& at, const Vector& here, const Vector& next,
           const Vector& there) {
    Vector step, unexplained;
    for (std::size_t i = 0; i < at.size(); ++i) step.push_back(next[i] - at[i]);
    for (std::size_t row = 0; row < here.size(); ++row) {
        double expected = 0;
        for (std::size_t i = 0; i < at.size(); ++i) expected += columns[i][row] * step[i];
        unexplained.push_back(there[row] - here[row] - expected);
    }
    const double length = dot(step, step);
    for (std::size_t i = 0; i < at.size(); ++i)
        for (std::size_t row = 0; row < here.size(); ++row)
            columns[i][row] += unexplained[row] * step[i] / length;
}

/// One damped Gauss-Newton step that stays in the cube. A coordinate at a bound that the step would
/// cross is held there, and the others step without it.
Vector stepped(const Vector& at, const std::vector<Vector>& columns, const Vector& here,
               double damping) {
    std::vector<bool> held(at.size(), false);
    while (true) {
        std::vector<Vector> matrix(at.size(), Vector(at.size(), 0));
        Vector right(at.size(), 0);
        for (std::size_t i = 0; i < at.size(); ++i) {
            matrix[i][i] = 1;
            if (held[i]) continue;
            for (std::size_t j = 0; j < at.size(); ++j)
                matrix[i][j] = held[j] ? 0 : dot(columns[i], columns[j]);
            // The constant keeps a coordinate that changes nothing where it is.
            matrix[i][i] += damping * matrix[i][i] + 1e-12;
            right[i] = -dot(columns[i], here);
        }
        const Vector step = solve(std::move(matrix), std::move(right)).value_or(Vector(at.size()));
        Vector next = at;
        bool again = false;
        for (std::size_t i = 0; i < at.size(); ++i) {
            next[i] = std::clamp(at[i] + step[i], 0.0, 1.0);
            if (next[i] != at[i] || step[i] == 0 || held[i]) continue;
            held[i] = again = true;
        }
        if (!again) return next;
    }
}

}  // namespace

std::optional<Vector> solve(std::vector<Vector> matrix, Vector right) {
    const std::size_t size = right.size();
    for (std::size_t column = 0; column < size; ++column) {
        std::size_t pivot = column;
        for (std::size_t row = column + 1; row < size; ++row)
            if (std::abs(matrix[row][column]) > std::abs(matrix[pivot][column])) pivot = row;
        if (matrix[pivot][column] == 0) return std::nullopt;
        std::swap(matrix[pivot], matrix[column]);
        std::swap(right[pivot], right[column]);
        for (std::size_t row = column + 1; row < size; ++row) {
            const double factor = matrix[row][column] / matrix[column][column];
            for (std::size_t i = column; i < size; ++i)
                matrix[row][i] -= factor * matrix[column][i];
            right[row] -= factor * right[column];
        }
    }
    for (std::size_t row = size; row-- > 0;) {
        for (std::size_t i = row + 1; i < size; ++i) right[row] -= matrix[row][i] * right[i];
        right[row] /= matrix[row][row];
    }
    return right;
}

double sum_of_squares(const Vector& values) { return dot(values, values); }

Vector least_squares(const Residuals& residuals, Vector start) {
    Vector at = std::move(start);
    Vector here = residuals(at);
    std::vector<Vector> columns = slopes(residuals, at, here);
    bool is_probed = true;  // here; otherwise the slopes are what the steps since then have told
    double damping = 1e-4;
    for (int step = 0; step < steps_limit; ++step) {
        Vector next = stepped(at, columns, here, damping);
        if (next == at) break;
        Vector there = residuals(next);
        learn(columns, at, here, next, there);
        const double before = sum_of_squares(here);
        const double after = sum_of_squares(there);
        if (after < before) {
            at = std::move(next);
            here = std::move(there);
            is_probed = false;
            damping /= 4;
            if (after > before * (1 - worthwhile)) break;
        } else if (!is_probed) {
            columns = slopes(residuals, at, here);
            is_probed = true;
        } else if (damping *= 8; damping > damping_limit) {
            break;
        }
    }
    return at;
}

}  // namespace pcpsim
