#include "analysis/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "sim/check.hpp"

namespace pcpsim {
namespace {

Samples inverses(const Samples& samples) {
    Samples inverse;
    for (const double sample : samples) inverse.push_back(1.0 / sample);
    return inverse;
}

/// What differences are taken of: the times that rates stand for.
Samples compared(const Samples& samples, const Metric& metric) {
    return metric.is_rate() ? inverses(samples) : samples;
}

/// Two differences of equal integers may differ by the rounding of the samples.
bool has_variance(const Samples& differences, const Samples& baseline, const Samples& samples) {
    const auto [low, high] = std::minmax_element(differences.begin(), differences.end());
    const double largest = std::max(*std::max_element(baseline.begin(), baseline.end()),
                                    *std::max_element(samples.begin(), samples.end()));
    return *high - *low > 4 * std::numeric_limits<double>::epsilon() * largest;
}

/// Half of the 95 % confidence interval of the mean; at least two samples.
double half_interval(const Samples& samples) {
    const auto n = static_cast<double>(samples.size());
    const double mean = arithmetic_mean(samples);
    double squares = 0;
    for (const double sample : samples) squares += (sample - mean) * (sample - mean);
    const boost::math::students_t distribution{n - 1};
    const double t = quantile(complement(distribution, 0.025));
    return t * std::sqrt(squares / (n - 1) / n);
}

Verdict judge(double gain, double half_width, double margin) {
    if (gain - half_width > margin) return Verdict::better;
    if (gain + half_width < -margin) return Verdict::worse;
    if (gain - half_width >= -margin && gain + half_width <= margin) return Verdict::no_effect;
    return Verdict::undecided;
}

}  // namespace

double arithmetic_mean(const Samples& samples) {
    double sum = 0;
    for (const double sample : samples) sum += sample;
    return sum / static_cast<double>(samples.size());
}

double harmonic_mean(const Samples& samples) { return 1.0 / arithmetic_mean(inverses(samples)); }

Samples paired_differences(const Samples& baseline, const Samples& samples, const Metric& metric) {
    const bool less_is_better = metric.direction == Direction::lower || metric.is_rate();
    const Samples before = compared(baseline, metric);
    const Samples after = compared(samples, metric);
    Samples differences;
    for (std::size_t seed = 0; seed < samples.size(); ++seed)
        differences.push_back(less_is_better ? before[seed] - after[seed]
                                             : after[seed] - before[seed]);
    return differences;
}

double compared_mean(const Samples& samples, const Metric& metric) {
    return metric.is_rate() ? harmonic_mean(samples) : arithmetic_mean(samples);
}

double gain_percent(double baseline, double value, Direction direction) {
    const bool lower = direction == Direction::lower;
    if (value == 0) return lower ? 100 : 0;
    if (baseline == 0) return lower ? -99 : 100;
    return lower ? 100 - 100 * value / baseline : 100 * value / baseline - 100;
}

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::identical:
            return "identical";
        case Verdict::no_effect:
            return "no effect";
        case Verdict::better:
            return "better";
        case Verdict::worse:
            return "worse";
        case Verdict::undecided:
            return "undecided";
    }
    broken_law("a verdict has a name");
}

Comparison compare(const Samples& baseline, const Samples& samples, const Metric& metric,
                   double margin) {
    PCPSIM_CHECK(!samples.empty() && baseline.size() == samples.size(),
                 "compared samples come in pairs");
    if (baseline == samples) return {0, 0.0, Verdict::identical};

    Comparison comparison;
    comparison.gain = gain_percent(compared_mean(baseline, metric), compared_mean(samples, metric),
                                   metric.direction);
    const Samples before = compared(baseline, metric);
    const Samples after = compared(samples, metric);
    const Samples differences = paired_differences(baseline, samples, metric);
    const double difference = arithmetic_mean(differences);
    if (samples.size() < 2 || !std::isfinite(difference)) return comparison;

    if (has_variance(differences, before, after)) {
        const double whole = arithmetic_mean(metric.is_rate() ? after : before);
        const double scale = whole == 0 ? comparison.gain / difference : 100 / whole;
        comparison.half_width = scale * half_interval(differences);
    } else {
        comparison.half_width = 0;
    }
    comparison.verdict = judge(comparison.gain, *comparison.half_width, margin);
    return comparison;
}

}  // namespace pcpsim
