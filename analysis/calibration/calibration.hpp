#pragma once
// A calibration file says which costs of a machine are fitted to which published column:
//
//     {
//       "scenario": "epyc-7742-pft.json",                 what is run, relative to this file
//       "set": ["/workload/0/params/scale=128"],          as --set on the command line
//       "reference": "reference/pft-2022-rcu.json",       what was published
//       "column": "vanilla",                              of that file; names the strategy, too
//       "anchors": [ { "cost": "/costs/page_fault", "cell": "system-1", "start": "1us" } ],
//       "fit": [ { "cost": "/costs/page_zero", "start": "110ns", "lower": "1ns", "upper": "1us" } ]
//     }
#include <cstdint>
#include <string>
#include <vector>

#include "analysis/published.hpp"
#include "models/config/errors.hpp"
#include "models/config/node.hpp"
#include "models/config/scenario.hpp"

namespace pcpsim {

/// Numbers of fitted costs are those of cost.hpp.
struct FittedCost {
    std::string name;
    std::int64_t start = 0;
    std::int64_t lower = 0;
    std::int64_t upper = 0;
};

/// A cost that makes up the rest of a cell which every parameter moves alike: for each choice of
/// the fitted costs it is set so that the cell is met.
struct AnchoredCost {
    std::string name;
    std::string cell;  ///< "system-1": a curve's first, which no error counts.
    std::int64_t start = 0;
};

struct Calibration {
    Scenario scenario;         ///< With the column's strategy alone.
    Node machine;              ///< The name of its file, as the scenario writes it.
    PublishedTable published;  ///< With the column alone.
    std::vector<AnchoredCost> anchors;
    std::vector<FittedCost> fit;
};

/// At most so many costs are fitted: with more, any curve can be met and none is explained.
constexpr std::size_t fitted_costs_limit = 4;

/// Assignments ("/pointer=value") are laid over the scenario, after those of the file. Throws a
/// ScenarioError with what is wrong, the errors included.
Calibration read_calibration(const Node& root, Errors& errors,
                             const std::vector<std::string>& assignments = {});
Calibration read_calibration(const std::string& path,
                             const std::vector<std::string>& assignments = {});

}  // namespace pcpsim
