#include "analysis/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pcpsim {
namespace {

constexpr std::size_t statistic_width = 9;  // "BAmean-50", the longest one of an mmtests report
constexpr std::size_t gain_width = 11;

struct NumberFormat {
    std::size_t width;
    int precision;
};

NumberFormat format_of(const CompareTable& table) {
    return table.rates ? NumberFormat{14, 4} : NumberFormat{12, 2};
}

std::string gain_text(const Cell& cell) {
    switch (cell.mark) {
        case Cell::Mark::none:
            return fmt::format(" ({:7.2f}%)", cell.gain);
        case Cell::Mark::star:
            return fmt::format(" *{:7.2f}%*", cell.gain);
        case Cell::Mark::identical:
            break;
    }
    return fmt::format("{:>{}}", "identical", gain_width);
}

std::vector<std::size_t> note_widths(const CompareTable& table) {
    std::vector<std::size_t> widths;
    for (const std::string& title : table.notes) widths.push_back(title.size());
    for (const Row& row : table.rows)
        for (const Cell& cell : row.cells)
            for (std::size_t note = 0; note < cell.notes.size(); ++note)
                widths[note] = std::max(widths[note], cell.notes[note].size());
    return widths;
}

/// The last note is a word and reads better from the left.
void append_notes(std::string& line, const std::vector<std::string>& notes,
                  const std::vector<std::size_t>& widths) {
    for (std::size_t note = 0; note < widths.size(); ++note) {
        const std::string text = note < notes.size() ? notes[note] : "";
        const bool last = note + 1 == widths.size();
        line += last ? fmt::format(" {:<{}}", text, widths[note])
                     : fmt::format(" {:>{}}", text, widths[note]);
    }
}

std::vector<std::size_t> column_widths(const std::vector<std::vector<std::string>>& lines) {
    std::vector<std::size_t> widths;
    for (const auto& entries : lines) {
        widths.resize(std::max(widths.size(), entries.size()));
        for (std::size_t column = 0; column < entries.size(); ++column)
            widths[column] = std::max(widths[column], entries[column].size());
    }
    return widths;
}

bool is_left(std::string_view alignment, std::size_t column) {
    return column < alignment.size() && alignment[column] == '<';
}

std::string padded(const std::string& entry, bool left, std::size_t width) {
    return left ? fmt::format("{:<{}}", entry, width) : fmt::format("{:>{}}", entry, width);
}

std::string escaped(const std::string& entry) {
    std::string text;
    for (const char c : entry) text += c == '|' ? "\\|" : std::string{c};
    return text;
}

std::vector<std::string> markdown_cells(const Cell& cell, std::size_t notes, int precision) {
    std::vector<std::string> entries{fmt::format("{:.{}f}", cell.value, precision)};
    const std::string gain = fmt::format("{:.2f}%", cell.gain);
    const bool identical = cell.mark == Cell::Mark::identical;
    entries.push_back(identical ? "" : cell.mark == Cell::Mark::star ? "*" + gain + "*" : gain);
    entries.insert(entries.end(), cell.notes.begin(), cell.notes.end());
    entries.resize(2 + notes);
    if (identical) entries.back() = "identical";
    return entries;
}

void append_line(std::string& text, std::string line) {
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + '\n';
}

}  // namespace

std::string to_text(const CompareTable& table) {
    const NumberFormat format = format_of(table);
    const std::vector<std::size_t> notes = note_widths(table);
    std::size_t operation_width = 0;
    for (const Row& row : table.rows)
        operation_width = std::max(operation_width, row.operation.size());

    std::string text;
    std::string line(statistic_width + 1 + operation_width, ' ');
    for (std::size_t column = 0; column < table.labels.size(); ++column) {
        line += fmt::format("{:>{}}", table.labels[column], format.width + gain_width);
        if (column > 0) append_notes(line, table.notes, notes);
    }
    append_line(text, line);

    for (const Row& row : table.rows) {
        line = fmt::format("{:<{}} {:<{}}", row.statistic, statistic_width, row.operation,
                           operation_width);
        for (std::size_t column = 0; column < row.cells.size(); ++column) {
            const Cell& cell = row.cells[column];
            line += fmt::format("{:{}.{}f}", cell.value, format.width, format.precision);
            line += gain_text(cell);
            if (column > 0) append_notes(line, cell.notes, notes);
        }
        append_line(text, line);
    }
    return text;
}

std::string to_markdown(const CompareTable& table) {
    const int precision = format_of(table).precision;
    std::vector<std::vector<std::string>> lines{
        {table.rows.empty() ? "" : table.rows.front().statistic}};
    std::string alignment = "<";
    for (std::size_t column = 0; column < table.labels.size(); ++column) {
        lines[0].push_back(table.labels[column]);
        alignment += '>';
        if (column == 0) continue;
        lines[0].push_back("gain");
        lines[0].insert(lines[0].end(), table.notes.begin(), table.notes.end());
        alignment += std::string(table.notes.size(), '>') + '<';
    }
    for (const Row& row : table.rows) {
        std::vector<std::string> line{row.operation};
        for (std::size_t column = 0; column < row.cells.size(); ++column) {
            std::vector<std::string> cells =
                markdown_cells(row.cells[column], table.notes.size(), precision);
            if (column == 0) cells.resize(1);
            line.insert(line.end(), cells.begin(), cells.end());
        }
        lines.push_back(std::move(line));
    }
    return to_markdown(lines, alignment);
}

std::string to_markdown(const std::vector<std::vector<std::string>>& lines,
                        std::string_view alignment) {
    std::vector<std::vector<std::string>> entries;
    for (const auto& line : lines) {
        entries.emplace_back();
        for (const std::string& entry : line) entries.back().push_back(escaped(entry));
    }
    std::vector<std::size_t> widths = column_widths(entries);
    for (std::size_t& width : widths) width = std::max<std::size_t>(width, 2);
    std::string rule = "|";
    for (std::size_t column = 0; column < widths.size(); ++column)
        rule += is_left(alignment, column) ? ":" + std::string(widths[column] + 1, '-') + "|"
                                           : std::string(widths[column] + 1, '-') + ":|";
    std::string text;
    for (const auto& line : entries) {
        text += '|';
        for (std::size_t column = 0; column < widths.size(); ++column)
            text += ' ' +
                    padded(column < line.size() ? line[column] : "", is_left(alignment, column),
                           widths[column]) +
                    " |";
        text += '\n';
        if (&line == &entries.front()) text += rule + '\n';
    }
    return text;
}

std::string to_text(const std::vector<std::vector<std::string>>& lines,
                    std::string_view alignment) {
    const std::vector<std::size_t> widths = column_widths(lines);
    std::string text;
    for (const auto& entries : lines) {
        std::string line;
        for (std::size_t column = 0; column < entries.size(); ++column) {
            if (column > 0) line += "  ";
            line += padded(entries[column], is_left(alignment, column), widths[column]);
        }
        append_line(text, line);
    }
    return text;
}

}  // namespace pcpsim
