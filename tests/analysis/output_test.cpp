// Goal: a file holds all of a result or what it held before. Method: real files in a directory of
// the test's own.
#include "analysis/output.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace pcpsim;
namespace fs = std::filesystem;

namespace {

class Directory {
public:
    Directory() { fs::create_directories(path_); }
    ~Directory() { fs::remove_all(path_); }
    [[nodiscard]] fs::path operator/(const char* name) const { return path_ / name; }
    [[nodiscard]] std::size_t entries() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator{path_}, fs::directory_iterator{}));
    }

private:
    fs::path path_ = fs::temp_directory_path() / ("pcpsim-output-" + std::to_string(::getpid()));
};

std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

}  // namespace

TEST_SUITE("analysis/output") {
    TEST_CASE("a file is replaced and nothing else is left") {
        const Directory directory;
        write_file(directory / "result", "one\n");
        write_file(directory / "result", "two\n");
        CHECK(content(directory / "result") == "two\n");
        CHECK(directory.entries() == 1);
    }
    TEST_CASE("a link keeps pointing to the file that is replaced") {
        const Directory directory;
        write_file(directory / "result", "one\n");
        fs::create_symlink("result", directory / "link");
        write_file(directory / "link", "two\n");
        CHECK(fs::is_symlink(directory / "link"));
        CHECK(content(directory / "result") == "two\n");
    }
    TEST_CASE("a full disk is an error that names the file and the reason") {
        CHECK_THROWS_WITH_AS(write_file("/dev/full", "text\n"),
                             "cannot write /dev/full: No space left on device", OutputError);
        CHECK(fs::is_character_file("/dev/full"));
    }
    TEST_CASE("so is a directory that does not exist") {
        CHECK_THROWS_WITH_AS(write_file("/nonexistent/result", "text\n"),
                             "cannot write /nonexistent/result: No such file or directory",
                             OutputError);
    }
}
