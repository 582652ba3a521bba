#pragma once
// Whether two sets of samples differ by more than chance, each rule under its own name.
#include <array>
#include <string>

#include "analysis/result.hpp"

namespace pcpsim {

enum class Significance {
    /// mmtests from October 2018 to November 2024 (commit f0b33946), the rule behind the published
    /// tables: two-sample t with n1 + n2 - 2 degrees of freedom, p < 0.10.
    mmtests_t10,
    /// mmtests from November 2024 (commit 8cd087ae): the bands of 1.96 standard deviations around
    /// the means, not divided by sqrt(n), do not touch.
    mmtests_ci95,
    /// The 95 % t interval of the differences seed by seed excludes 0.
    paired_t,
    /// So does the central 95 % of the means of 2000 resamples of these differences. Which seeds a
    /// resample takes is a function of its number, so that the same samples give the same answer.
    bootstrap,
};

constexpr auto enum_names(Significance) {
    return std::array{"mmtests-t10", "mmtests-ci95", "paired-t", "bootstrap"};
}

/// Both sample sets have the same seeds in the same order. A single seed is never significant. A
/// difference that is the same for every seed is certain, not significant, to the paired rules; to
/// those of mmtests it is what mmtests makes of a zero deviation: significant to the first, and to
/// the second if it exceeds 1 in the metric's unit.
bool is_significant(Significance rule, const Samples& baseline, const Samples& samples,
                    const Metric& metric);

/// "two-sample t, p < 0.10", for the legend of a table.
std::string explanation(Significance rule);

}  // namespace pcpsim
