#pragma once
#include <string>

#include "analysis/calibration/calibration.hpp"
#include "analysis/calibration/fit.hpp"

namespace pcpsim {

/// The costs with their uncertainty, then every cell with its error in the fit and in the one that
/// did not know it. The command is what repeats it.
std::string fit_report(const Calibration& calibration, const Fit& fit, const std::string& command);

}  // namespace pcpsim
