#pragma once
// The compare table of mmtests, byte for byte, and the columns that a simulation can add to it.
#include <string>
#include <string_view>
#include <vector>

#include "analysis/result.hpp"

namespace pcpsim {

/// One strategy in one row of the table.
struct Cell {
    enum class Mark {
        none,       ///< (   0.40%)
        star,       ///< *   0.40%*, significant by the rule that the table names
        identical,  ///< the word instead of a gain of 0.00 %
    };
    double value = 0;
    double gain = 0;  ///< Percent over the first column, positive is better.
    Mark mark = Mark::none;
    /// Text right of the gain, one per title in CompareTable::notes; empty in the first column.
    std::vector<std::string> notes = {};
};

struct Row {
    std::string statistic;  ///< "Amean"
    std::string operation;  ///< "elapsed-48"
    std::vector<Cell> cells;
};

/// All rows share a unit and a direction.
struct CompareTable {
    bool rates = false;  ///< Wider, with four decimals, as mmtests prints them.
    std::vector<std::string> labels = {};
    std::vector<std::string> notes = {};
    std::vector<Row> rows = {};
};

/// One header row, then the rows; every line ends in '\n' and none in a blank. Without notes this
/// is what bin/compare-mmtests.pl prints (mmtests of February 2022), but for its split header.
std::string to_text(const CompareTable& table);

/// The same as a table of GitHub's Markdown that reads well as plain text too; a star is *0.40%*.
std::string to_markdown(const CompareTable& table);

/// The first line is the header; alignment as in to_text().
std::string to_markdown(const std::vector<std::vector<std::string>>& lines,
                        std::string_view alignment = "<");

/// Plain columns, two blanks apart, each as wide as its widest entry. Column i is aligned to the
/// left where alignment[i] is '<', and to the right where it is '>' or missing.
std::string to_text(const std::vector<std::vector<std::string>>& lines,
                    std::string_view alignment = "<");

}  // namespace pcpsim
