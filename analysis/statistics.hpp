#pragma once
// Means, paired differences and verdicts. Every sum is taken in seed order, so that it rounds the
// same way everywhere.
#include <optional>
#include <string_view>

#include "analysis/result.hpp"

namespace pcpsim {

/// Not empty; 0 if any sample of a harmonic mean is 0.
double arithmetic_mean(const Samples& samples);
double harmonic_mean(const Samples& samples);

/// The mean that mmtests compares: harmonic of rates, arithmetic of times and counts.
double compared_mean(const Samples& samples, const Metric& metric);

/// Per seed, positive where the second set is better. A rate is compared as the time it takes, in
/// which the harmonic mean is the plain one.
Samples paired_differences(const Samples& baseline, const Samples& samples, const Metric& metric);

/// mmtests' delta in percent: positive is better, whatever the direction. A zero on either side has
/// no percentage; mmtests then says 100 / -99 (lower is better) and 0 / 100 (higher is better) for
/// a zero value / a zero baseline, and so do we.
double gain_percent(double baseline, double value, Direction direction);

enum class Verdict { identical, no_effect, better, worse, undecided };

/// "no effect" for Verdict::no_effect, and so on.
std::string_view to_string(Verdict verdict);

/// One strategy against the baseline, seed by seed.
struct Comparison {
    double gain = 0;  ///< Of the compared means, in percent.
    /// Half of the two-sided 95 % paired-t interval around the gain, in percentage points. Zero
    /// where the difference has no variance; none with a single seed, whose variance is unknown.
    std::optional<double> half_width;
    Verdict verdict = Verdict::undecided;

    /// The difference is the same for every seed: certain in the model, not statistical.
    [[nodiscard]] bool exact() const { return half_width == 0.0; }
};

/// Both sample sets have the same seeds in the same order. Better and worse need the whole interval
/// outside +-margin (percent), no effect needs all of it inside; the rest is undecided.
Comparison compare(const Samples& baseline, const Samples& samples, const Metric& metric,
                   double margin);

}  // namespace pcpsim
