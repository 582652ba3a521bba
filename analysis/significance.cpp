#include "analysis/significance.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "analysis/statistics.hpp"
#include "sim/check.hpp"
#include "sim/draws.hpp"

namespace pcpsim {
namespace {

constexpr std::size_t resamples = 2000;

/// Of the samples as they are, whichever mean is compared.
double deviation(const Samples& samples) {
    const double mean = arithmetic_mean(samples);
    double squares = 0;
    for (const double sample : samples) squares += (sample - mean) * (sample - mean);
    return std::sqrt(squares / static_cast<double>(samples.size() - 1));
}

bool by_two_sample_t(const Samples& baseline, const Samples& samples, double difference) {
    const auto n = static_cast<double>(samples.size());
    const double s1 = deviation(baseline);
    const double s2 = deviation(samples);
    const double error = std::sqrt((s1 * s1 + s2 * s2) / n);
    if (error == 0) return difference != 0;
    const boost::math::students_t distribution{2 * n - 2};
    return 2 * cdf(complement(distribution, std::abs(difference) / error)) < 0.10;
}

bool by_bands(const Samples& baseline, const Samples& samples, double difference) {
    constexpr double normal_quantile = 1.959963984540054;  // of 0.975
    const double bands = normal_quantile * (deviation(baseline) + deviation(samples));
    return std::abs(difference) > (bands == 0 ? 1 : bands);
}

double resampled_mean(const Samples& differences, std::uint32_t resample) {
    const Draws draws{0};
    double sum = 0;
    for (std::size_t i = 0; i < differences.size(); ++i)
        sum += differences[static_cast<std::size_t>(
            draws.below(std::ssize(differences), resample, Purpose{"bootstrap"}, i))];
    return sum / static_cast<double>(differences.size());
}

bool by_resampling(const Samples& differences) {
    Samples means;
    for (std::uint32_t resample = 0; resample < resamples; ++resample)
        means.push_back(resampled_mean(differences, resample));
    std::sort(means.begin(), means.end());
    constexpr std::size_t tail = resamples / 40;  // 2.5 %
    return means[tail] > 0 || means[resamples - 1 - tail] < 0;
}

}  // namespace

bool is_significant(Significance rule, const Samples& baseline, const Samples& samples,
                    const Metric& metric) {
    if (samples.size() < 2 || baseline == samples) return false;
    const double difference = compared_mean(samples, metric) - compared_mean(baseline, metric);
    const Comparison paired = compare(baseline, samples, metric, 0);
    const bool varies = paired.half_width && !paired.exact();
    switch (rule) {
        case Significance::mmtests_t10:
            return by_two_sample_t(baseline, samples, difference);
        case Significance::mmtests_ci95:
            return by_bands(baseline, samples, difference);
        case Significance::paired_t:
            return varies && std::abs(paired.gain) > *paired.half_width;
        case Significance::bootstrap:
            return varies && by_resampling(paired_differences(baseline, samples, metric));
    }
    broken_law("a rule has a meaning");
}

std::string explanation(Significance rule) {
    switch (rule) {
        case Significance::mmtests_t10:
            return "two-sample t, p < 0.10";
        case Significance::mmtests_ci95:
            return "mean +- 1.96 standard deviations do not touch";
        case Significance::paired_t:
            return "the 95 % interval excludes 0";
        case Significance::bootstrap:
            return "the central 95 % of 2000 resampled means excludes 0";
    }
    broken_law("a rule has a meaning");
}

}  // namespace pcpsim
