#include "tests/support/source_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

namespace pcpsim::rules {
namespace {

struct Area {
    std::string_view prefix;
    int height;
};

/// The first match counts. Areas of one height do not include each other.
constexpr std::array areas{
    Area{"sim/", 0},
    Area{"models/config/scenario", 6},
    Area{"models/config/", 1},
    Area{"models/mm/page.hpp", 1},
    Area{"models/trace/", 2},
    Area{"models/machine/", 2},
    Area{"models/mm/", 3},
    Area{"models/kernel/", 4},
    Area{"models/drain/", 5},
    Area{"models/depopulation/", 5},
    Area{"models/workload/", 5},
    Area{"models/percpu_cache/", 5},
    Area{"analysis/", 7},
    Area{"tests/", 8},
};

const Area* area_of(std::string_view path) {
    const auto found = std::find_if(areas.begin(), areas.end(), [&](const Area& area) {
        return path.starts_with(area.prefix);
    });
    return found == areas.end() ? nullptr : &*found;
}

struct Include {
    int line;
    bool quoted;
    std::string target;
};

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    std::istringstream in{std::string{text}};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

std::vector<Include> includes_of(std::string_view text) {
    std::vector<Include> includes;
    const std::vector<std::string> raw = lines_of(text);
    const std::vector<std::string> code = lines_of(code_of(text));
    for (std::size_t i = 0; i < code.size(); ++i) {
        const std::size_t hash = code[i].find_first_not_of(' ');
        if (hash == std::string::npos || code[i].compare(hash, 8, "#include") != 0) continue;
        const std::size_t open = raw[i].find_first_of("\"<", hash);
        if (open == std::string::npos) continue;
        const bool quoted = raw[i][open] == '"';
        const std::size_t close = raw[i].find(quoted ? '"' : '>', open + 1);
        includes.push_back(
            Include{static_cast<int>(i) + 1, quoted, raw[i].substr(open + 1, close - open - 1)});
    }
    return includes;
}

std::string fault(std::string_view path, int line, const std::string& what) {
    return std::string{path} + ":" + std::to_string(line) + ": " + what + "\n";
}

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// A star at either end of the pattern stands for the rest of the identifier.
bool contains_word(std::string_view line, std::string_view pattern) {
    const bool open_left = pattern.starts_with('*');
    const bool open_right = pattern.ends_with('*');
    pattern.remove_prefix(open_left ? 1 : 0);
    pattern.remove_suffix(open_right ? 1 : 0);
    for (std::size_t at = line.find(pattern); at != std::string_view::npos;
         at = line.find(pattern, at + 1)) {
        const std::size_t end = at + pattern.size();
        const bool left = open_left || at == 0 || !in_word(line[at - 1]);
        const bool right = open_right || end == line.size() || !in_word(line[end]);
        if (left && right) return true;
    }
    return false;
}

/// 1.5, 1., .5 and 1e9, but not 0x1e9, 1'000 or member.e9.
bool contains_floating_literal(std::string_view line) {
    for (std::size_t at = 0; at < line.size(); ++at) {
        const bool starts = std::isdigit(static_cast<unsigned char>(line[at])) != 0 &&
                            (at == 0 || !in_word(line[at - 1]));
        if (!starts) continue;
        std::size_t end = at;
        while (end < line.size() && (in_word(line[end]) || line[end] == '\'')) ++end;
        const std::string_view digits = line.substr(at, end - at);
        if (end < line.size() && line[end] == '.') return true;
        if (at > 0 && line[at - 1] == '.' && (at == 1 || !in_word(line[at - 2]))) return true;
        const std::size_t exponent = digits.find_first_not_of("0123456789'");
        if (exponent != std::string_view::npos && exponent + 1 < digits.size() &&
            (digits[exponent] == 'e' || digits[exponent] == 'E') &&
            std::isdigit(static_cast<unsigned char>(digits[exponent + 1])) != 0)
            return true;
        at = end;
    }
    return false;
}

struct Ban {
    std::string_view word;
    std::string_view reason;
};

constexpr std::string_view floating = "results are integers; floating types belong to analysis/";
constexpr std::string_view chance = "draws come from sim/draws, the same in every library";
constexpr std::string_view clock = "time is the engine's";
constexpr std::string_view hashing = "hash order may not reach a result";
constexpr std::string_view output = "models print nothing";
constexpr std::string_view file_access = "only models/config opens files";

constexpr std::array bans{
    Ban{"double", floating},       Ban{"float", floating},
    Ban{"*_distribution", chance}, Ban{"random_device", chance},
    Ban{"mt19937*", chance},       Ban{"rand", chance},
    Ban{"std::chrono", clock},     Ban{"*_clock::now", clock},
    Ban{"getenv", clock},          Ban{"unordered_*", hashing},
    Ban{"std::hash", hashing},     Ban{"cout", output},
    Ban{"cerr", output},           Ban{"clog", output},
    Ban{"*printf", output},        Ban{"puts", output},
    Ban{"fmt::print", output},     Ban{"*fstream", file_access},
    Ban{"fopen", file_access},     Ban{"std::filesystem", file_access},
};

bool ends_source(std::string_view path) { return path.ends_with(".cpp"); }

}  // namespace

std::string code_of(std::string_view text) {
    std::string code{text};
    const auto blank = [&](std::size_t from, std::size_t to) {
        for (std::size_t i = from; i < std::min(to, code.size()); ++i)
            if (code[i] != '\n') code[i] = ' ';
        return to;
    };
    const auto after = [&](std::string_view mark, std::size_t from) {
        const std::size_t found = text.find(mark, from);
        return found == std::string_view::npos ? text.size() : found + mark.size();
    };
    std::size_t at = 0;
    while (at < text.size()) {
        const std::string_view rest = text.substr(at);
        if (rest.starts_with("//")) {
            at = blank(at, std::min(text.find('\n', at), text.size()));
        } else if (rest.starts_with("/*")) {
            at = blank(at, after("*/", at + 2));
        } else if (rest.starts_with("R\"")) {
            const std::string end =
                ")" + std::string{rest.substr(2, std::min(rest.find('('), rest.size()) - 2)} + "\"";
            at = blank(at, after(end, at + 2));
        } else if (rest[0] == '"' || rest[0] == '\'') {
            std::size_t end = at + 1;
            while (end < text.size() && text[end] != rest[0] && text[end] != '\n')
                end += text[end] == '\\' ? 2 : 1;
            at = blank(at, end + 1);
        } else if (in_word(rest[0])) {  // A whole word, so that 1'000 opens no literal.
            const bool number = std::isdigit(static_cast<unsigned char>(rest[0])) != 0;
            while (at < text.size() && (in_word(text[at]) || (number && text[at] == '\''))) ++at;
        } else {
            ++at;
        }
    }
    return code;
}

std::string include_faults(const SourceFile& file) {
    const Area* const from = area_of(file.path);
    if (from == nullptr) return fault(file.path, 1, "belongs to no layer");
    std::string faults;
    for (const Include& include : includes_of(file.text)) {
        if (!include.quoted) {
            if (from->height == 0 && include.target.find_first_of("/.") != std::string::npos)
                faults += fault(
                    file.path, include.line,
                    "sim/ includes <" + include.target + ">; it has the standard library only");
            continue;
        }
        const Area* const to = area_of(include.target);
        if (to == nullptr)
            faults += fault(file.path, include.line, include.target + " belongs to no layer");
        else if (to != from && to->height >= from->height)
            faults += fault(file.path, include.line,
                            "includes " + include.target + ", which is " +
                                (to->height == from->height ? "beside it" : "above it"));
    }
    return faults;
}

std::string heavy_header_faults(const std::vector<SourceFile>& files) {
    constexpr std::array<std::string_view, 4> heavy{"nlohmann/json.hpp", "boost/graph/",
                                                    "boost/program_options", "boost/math/"};
    std::string faults;
    std::map<std::string_view, std::set<std::string>> users;
    for (const SourceFile& file : files) {
        if (file.path.starts_with("tests/")) continue;
        for (const Include& include : includes_of(file.text)) {
            const auto found = std::find_if(heavy.begin(), heavy.end(), [&](std::string_view name) {
                return include.target.starts_with(name);
            });
            const bool is_heavy = found != heavy.end();
            if (!ends_source(file.path) && (is_heavy || include.target.starts_with("fmt/")))
                faults += fault(file.path, include.line, "header includes " + include.target);
            else if (is_heavy && users[*found].insert(file.path).second && users[*found].size() > 2)
                faults += fault(file.path, include.line,
                                "is one source file too many to include " + std::string{*found});
        }
    }
    return faults;
}

std::string law_faults(const SourceFile& file) {
    if (!file.path.starts_with("sim/") && !file.path.starts_with("models/")) return {};
    std::string faults;
    const std::vector<std::string> lines = lines_of(code_of(file.text));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const int line = static_cast<int>(i) + 1;
        for (const Ban& ban : bans) {
            if (ban.reason == file_access && file.path.starts_with("models/config/")) continue;
            if (contains_word(lines[i], ban.word))
                faults +=
                    fault(file.path, line, std::string{ban.word} + ": " + std::string{ban.reason});
        }
        if (contains_floating_literal(lines[i]))
            faults += fault(file.path, line, "floating literal: " + std::string{floating});
    }
    return faults;
}

std::string length_faults(const SourceFile& file) {
    const std::size_t most = file.path.starts_with("models/drain/") ? 150 : 400;
    const std::size_t lines = lines_of(file.text).size();
    if (lines <= most) return {};
    return fault(file.path, static_cast<int>(lines),
                 "file has " + std::to_string(lines) + " lines, at most " + std::to_string(most));
}

std::string unlisted_faults(const std::vector<SourceFile>& files, std::string_view folder,
                            std::string_view cmake_lists) {
    std::istringstream in{std::string{cmake_lists}};
    std::set<std::string> listed;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words{line.substr(0, line.find('#'))};
        for (std::string word; words >> word;) {
            word.erase(std::find(word.begin(), word.end(), ')'), word.end());
            listed.insert(word);
        }
    }
    std::string faults;
    for (const SourceFile& file : files) {
        if (!file.path.starts_with(folder) || !ends_source(file.path)) continue;
        if (!listed.contains(file.path.substr(folder.size())))
            faults +=
                fault(file.path, 1, "is not named in " + std::string{folder} + "CMakeLists.txt");
    }
    return faults;
}

std::string untested_faults(const std::vector<SourceFile>& files) {
    std::set<std::string> paths;
    for (const SourceFile& file : files) paths.insert(file.path);
    std::string faults;
    for (const std::string& path : paths) {
        if (path.starts_with("tests/") || !ends_source(path) || path == "analysis/main.cpp")
            continue;
        const std::string test = "tests/" + path.substr(0, path.size() - 4) + "_test.cpp";
        if (!paths.contains(test)) faults += fault(path, 1, "has no " + test);
    }
    return faults;
}

}  // namespace pcpsim::rules
