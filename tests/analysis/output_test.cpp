// Goal: a file holds all of a result or what it held before. Method: real files in a folder of
// the test's own.
#include "analysis/output.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;
namespace fs = std::filesystem;

namespace {

std::size_t entries(const fs::path& folder) {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}));
}

std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

}  // namespace

TEST_SUITE("analysis/output") {
    TEST_CASE("a file is replaced and nothing else is left") {
        const TemporaryFolder folder;
        const fs::path path = folder.write("result", "one\n");
        write_file(path, "two\n");
        CHECK(content(path) == "two\n");
        CHECK(entries(path.parent_path()) == 1);
    }
    TEST_CASE("a link keeps pointing to the file that is replaced") {
        const TemporaryFolder folder;
        const fs::path path = folder.write("result", "one\n");
        const fs::path link = path.parent_path() / "link";
        fs::create_symlink("result", link);
        write_file(link, "two\n");
        CHECK(fs::is_symlink(link));
        CHECK(content(path) == "two\n");
    }
    TEST_CASE("a full disk is an error that names the file and the reason") {
        CHECK_THROWS_WITH_AS(write_file("/dev/full", "text\n"),
                             "cannot write /dev/full: No space left on device", OutputError);
        CHECK(fs::is_character_file("/dev/full"));
    }
    TEST_CASE("so is a folder that does not exist, even before there is anything to write") {
        const char* const complaint = "cannot write /nonexistent/result: No such file or directory";
        CHECK_THROWS_WITH_AS(expect_writable("/nonexistent/result"), complaint, OutputError);
        CHECK_THROWS_WITH_AS(write_file("/nonexistent/result", "text\n"), complaint, OutputError);
        const TemporaryFolder folder;
        CHECK_NOTHROW(expect_writable(folder.write("result", "")));
    }
}
