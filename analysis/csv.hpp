#pragma once
#include <string>

#include "analysis/reference.hpp"
#include "analysis/report.hpp"
#include "analysis/result.hpp"

namespace pcpsim {

/// Comma-separated values (RFC 4180, but with line feeds alone) under one header:
///     metric,unit,direction,strategy,statistic,seed,value
/// with a row per sample and per statistic of a metric and strategy. Statistics are "sample" (it
/// alone has a seed), "mean" (harmonic of rates), and of all strategies but the first
/// "gain_percent", "half_width_percent", "significant" (0 or 1) and "verdict"; "published" and
/// "error_percent" where `errors` has them. A value that is unknown is empty.
std::string results_csv(const ResultSet& results, const Judgement& judgement,
                        const ReferenceErrors* errors = nullptr);

}  // namespace pcpsim
