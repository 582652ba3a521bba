// Goal: the layers and the laws of the source hold. Method: each rule is first shown a text that
// breaks it, then the tree.
#include "tests/support/source_rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace pcpsim::rules;

namespace {

const std::filesystem::path root{PCPSIM_SOURCE_DIR};

std::string read(const std::filesystem::path& path) {
    std::ifstream in{path};
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

std::vector<SourceFile> read_tree() {
    std::vector<SourceFile> files;
    for (const char* folder : {"sim", "models", "analysis", "tests"})
        for (const auto& entry : std::filesystem::recursive_directory_iterator{root / folder}) {
            const std::string extension = entry.path().extension().string();
            if (extension == ".hpp" || extension == ".cpp")
                files.push_back(SourceFile{entry.path().lexically_relative(root).generic_string(),
                                           read(entry.path())});
        }
    std::sort(files.begin(), files.end(),
              [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
    return files;
}

const std::vector<SourceFile>& tree() {
    static const std::vector<SourceFile> files = read_tree();
    return files;
}

/// What include_faults() says about `path` when its second line includes `target`.
std::string included(const std::string& path, const std::string& target) {
    return include_faults(SourceFile{path, "#pragma once\n#include " + target + "\n"});
}

std::string law(const std::string& path, const std::string& text) {
    return law_faults(SourceFile{path, text});
}

}  // namespace

TEST_SUITE("layering") {
    TEST_CASE("an include that points up is a fault, with file and line") {
        CHECK(included("sim/engine.hpp", "\"models/kernel/rcu.hpp\"") ==
              "sim/engine.hpp:2: includes models/kernel/rcu.hpp, which is above it\n");
        const std::vector<std::string> rising{"sim/a.hpp",
                                              "models/config/field.hpp",
                                              "models/machine/a.hpp",
                                              "models/mm/a.hpp",
                                              "models/kernel/a.hpp",
                                              "models/drain/a.hpp",
                                              "models/config/scenario.hpp",
                                              "analysis/a.hpp",
                                              "tests/support/a.hpp"};
        for (std::size_t low = 0; low < rising.size(); ++low)
            for (std::size_t high = low + 1; high < rising.size(); ++high) {
                CHECK(included(rising[low], "\"" + rising[high] + "\"") != "");
                CHECK(included(rising[high], "\"" + rising[low] + "\"") == "");
            }
    }
    TEST_CASE("models of different kinds do not include each other, those of one kind may") {
        CHECK(included("models/drain/rcu_swap.cpp", "\"models/drain/strategy.hpp\"") == "");
        CHECK(
            included("models/workload/pft.cpp", "\"models/drain/strategy.hpp\"") ==
            "models/workload/pft.cpp:2: includes models/drain/strategy.hpp, which is beside it\n");
    }
    TEST_CASE("an include says its path from the project's root") {
        CHECK(included("sim/engine.hpp", "\"units.hpp\"") ==
              "sim/engine.hpp:2: units.hpp belongs to no layer\n");
        CHECK(include_faults(SourceFile{"models/zone.hpp", ""}) ==
              "models/zone.hpp:1: belongs to no layer\n");
    }
    TEST_CASE("the engine includes the standard library only") {
        CHECK(included("sim/engine.hpp", "<vector>") == "");
        CHECK(included("sim/engine.hpp", "<boost/heap/d_ary_heap.hpp>") != "");
        CHECK(included("sim/engine.hpp", "<unistd.h>") != "");
        CHECK(included("models/machine/interconnect.cpp", "<boost/graph/graph_traits.hpp>") == "");
    }
    TEST_CASE("comments and literals are not code") {
        CHECK(code_of("a // b\nc /* d\ne */ f") == "a     \nc     \n     f");
        CHECK(code_of("1'000 + 'x' + \"a\\\"b\" + c") == "1'000 +     +        + c");
        CHECK(code_of("R\"x(a)\"b)x\" c") == std::string(11, ' ') + " c");
        CHECK(include_faults(SourceFile{"sim/a.hpp", "/*\n#include \"analysis/b.hpp\"\n*/\n"}) ==
              "");
        CHECK(law("sim/a.cpp", "// double\nf(\"1.5 float\"); int doubled = 0x1e9 + 1'000;\n") ==
              "");
    }
    TEST_CASE("the simulated part has no floating type, foreign chance, clock, hash or output") {
        CHECK(law("sim/a.cpp", "int x;\nconst double y = 0;\n") ==
              "sim/a.cpp:2: double: results are integers; floating types belong to analysis/\n");
        for (const char* wrong :
             {"float x;", "auto x = 1.5;", "auto x = 1e9;", "f(.5);", "f(2.);",
              "std::uniform_int_distribution<int> d;", "std::random_device r;",
              "std::mt19937_64 g;", "std::unordered_map<int, int> m;",
              "std::chrono::system_clock::now();", "using std::chrono::steady_clock;",
              "std::cout << x;", "std::printf(x);", "fmt::print(x);", "std::ifstream in{path};"}) {
            CAPTURE(wrong);
            CHECK(law("models/mm/a.cpp", wrong) != "");
            CHECK(law("analysis/a.cpp", wrong) == "");
        }
        CHECK(law("models/config/reader.cpp", "std::ifstream in{path};") == "");
    }
    TEST_CASE("a heavy header stands in two source files and in no header") {
        const std::string json = "#include <nlohmann/json.hpp>\n";
        const SourceFile one{"analysis/a.cpp", json};
        const SourceFile two{"models/config/b.cpp", json};
        CHECK(heavy_header_faults({one, two, SourceFile{"tests/c_test.cpp", json}}) == "");
        CHECK(heavy_header_faults({one, two, SourceFile{"models/mm/c.cpp", json}}) ==
              "models/mm/c.cpp:1: is one source file too many to include nlohmann/json.hpp\n");
        CHECK(heavy_header_faults({SourceFile{"analysis/a.hpp", json}}) ==
              "analysis/a.hpp:1: header includes nlohmann/json.hpp\n");
        CHECK(heavy_header_faults({SourceFile{"analysis/a.hpp", "#include <fmt/format.h>\n"}}) !=
              "");
    }
    TEST_CASE("a file has at most 400 lines, a drain strategy 150") {
        const auto lines = [](std::size_t count) { return std::string(count, '\n'); };
        CHECK(length_faults(SourceFile{"sim/a.cpp", lines(400)}) == "");
        CHECK(length_faults(SourceFile{"sim/a.cpp", lines(401)}) ==
              "sim/a.cpp:401: file has 401 lines, at most 400\n");
        CHECK(length_faults(SourceFile{"models/drain/a.cpp", lines(150)}) == "");
        CHECK(length_faults(SourceFile{"models/drain/a.cpp", lines(151)}) != "");
    }
    TEST_CASE("a source file is in its folder's build and has its mirrored test") {
        const std::vector<SourceFile> files{SourceFile{"models/mm/zone.cpp", ""},
                                            SourceFile{"tests/models/mm/zone_test.cpp", ""},
                                            SourceFile{"analysis/main.cpp", ""}};
        CHECK(unlisted_faults(files, "models/", "set(MODELS\n    mm/zone.cpp)\n") == "");
        CHECK(unlisted_faults(files, "models/", "set(MODELS\n    # mm/zone.cpp\n)\n") ==
              "models/mm/zone.cpp:1: is not named in models/CMakeLists.txt\n");
        CHECK(untested_faults(files) == "");
        CHECK(untested_faults({files[0]}) ==
              "models/mm/zone.cpp:1: has no tests/models/mm/zone_test.cpp\n");
    }
    TEST_CASE("the tree keeps every rule") {
        REQUIRE(std::any_of(tree().begin(), tree().end(), [](const SourceFile& file) {
            return file.path == "sim/units.hpp" && !file.text.empty();
        }));
        for (const SourceFile& file : tree()) {
            CHECK(include_faults(file) == "");
            CHECK(law_faults(file) == "");
            CHECK(length_faults(file) == "");
        }
        CHECK(heavy_header_faults(tree()) == "");
        CHECK(untested_faults(tree()) == "");
        for (const char* folder : {"sim/", "models/", "analysis/", "tests/"})
            CHECK(unlisted_faults(tree(), folder, read(root / folder / "CMakeLists.txt")) == "");
    }
}
