#pragma once
// The rules that the source tree keeps, each a function of text, so that a test can break it.
// An answer has one line per fault, "path:line: what is wrong"; empty means that the rule is kept.
#include <string>
#include <string_view>
#include <vector>

namespace pcpsim::rules {

struct SourceFile {
    std::string path;  ///< From the project's root: "sim/units.hpp".
    std::string text;
};

/// The text with comments and the insides of literals blanked, its line breaks kept.
std::string code_of(std::string_view text);

/// Includes point down the layers or stay in their folder; sim/ uses the standard library only.
std::string include_faults(const SourceFile& file);

/// A heavy header stands in at most two source files, and in no header; fmt in no header.
std::string heavy_header_faults(const std::vector<SourceFile>& files);

/// sim/ and models/ have no floating type, foreign randomness, wall clock, hash order or output;
/// only models/config opens files.
std::string law_faults(const SourceFile& file);

/// At most 400 lines in a file, 150 in a drain strategy.
std::string length_faults(const SourceFile& file);

/// Every .cpp of the folder is named in the folder's CMakeLists.txt, by its path in the folder.
std::string unlisted_faults(const std::vector<SourceFile>& files, std::string_view folder,
                            std::string_view cmake_lists);

/// Every .cpp outside tests/ has tests/<its path>_test.cpp, except those that only start something.
std::string untested_faults(const std::vector<SourceFile>& files);

}  // namespace pcpsim::rules
