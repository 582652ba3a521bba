#pragma once
// Published tables that simulations are judged by: scenarios/reference/*.json.
#include <optional>
#include <string>
#include <vector>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"
#include "models/kernel/measurement.hpp"

namespace pcpsim {

/// A published number: of the operation "elapsed-48", the one at 48 on the curve "elapsed".
struct PublishedCell {
    std::string operation;
    double mean = 0;
    std::optional<double> gain;  ///< Over the first column in percent, positive is better.

    [[nodiscard]] std::string curve() const { return operation.substr(0, operation.rfind('-')); }
    /// The number behind the dash, such as the clients.
    [[nodiscard]] double at() const;
};

struct PublishedColumn {
    std::string name;      ///< As published: "rcu".
    std::string strategy;  ///< The model that it measured: "rcu-swap".
    bool fitted = false;   ///< Costs of the machine were fitted to it: its errors predict nothing.
    std::vector<PublishedCell> cells;  ///< Curve by curve, each from its lowest point.
};

/// The published numbers of one machine.
struct PublishedTable {
    std::string source;
    std::string benchmark;  ///< As in the names of metrics: "pft".
    std::string unit;
    Direction direction = Direction::lower;
    std::string machine;
    std::vector<PublishedColumn> columns;  ///< The first is the baseline.
};

/// Reads the part of a reference file that is about the machine. Throws a ScenarioError, also if
/// the file does not know the machine.
PublishedTable read_published(const std::string& path, const std::string& machine);

/// Reads all of a reference file; what is wrong with it is added to the errors.
std::vector<PublishedTable> read_published(const Node& file, Errors& errors);

}  // namespace pcpsim
