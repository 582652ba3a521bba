// Goal: `pcpsim calibrate` says what it fitted, and --write puts it where the next run finds it.
// Method: whole commands on a small calibration.
#include "analysis/calibration/command.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "analysis/commands.hpp"
#include "analysis/program.hpp"
#include "tests/support/reading.hpp"
#include "tests/support/small_calibration.hpp"

using namespace pcpsim;

namespace {

std::string text_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream{path}.rdbuf();
    return text.str();
}

std::string path_in(const SmallCalibration& files, const std::string& name) {
    return replaced(files.path(), "calibration.json", name);
}

}  // namespace

TEST_SUITE("analysis/calibration/command") {
    TEST_CASE("prints the same bytes with any number of jobs, and the command that repeats them") {
        const SmallCalibration files;
        const Answer one = answer(commands(), {"calibrate", files.path(), "--jobs", "1"});
        const Answer three = answer(commands(), {"calibrate", "--jobs=3", files.path(), "--quiet"});
        CHECK(one.status == exit_ok);
        CHECK(one.err.empty());
        CHECK(one.out == three.out);
        CHECK(one.out.ends_with("by: pcpsim calibrate " + files.path() + "\n"));
    }
    TEST_CASE("--write fills in the machine file, from which the fit finds the same again") {
        const SmallCalibration files;
        const std::string machine = path_in(files, "machine.json");
        const Answer first = answer(commands(), {"calibrate", files.path(), "--write"});
        CHECK(first.status == exit_ok);
        const std::string written = text_of(machine);
        CHECK(written.find("\"value\": \"500ns\",") != std::string::npos);
        CHECK(written.find("\"source\": \"pcpsim calibrate " + files.path() +
                           ": standard error ") != std::string::npos);
        CHECK(answer(commands(), {"calibrate", files.path(), "--write"}).status == exit_ok);
        CHECK(text_of(machine) == written);
    }
    TEST_CASE("--write says before the fit what the machine file cannot hold") {
        const SmallCalibration files;
        const std::string before = SmallCalibration::machine("{}");
        files.folder().write("machine.json", before);
        const Answer refused = answer(commands(), {"calibrate", files.path(), "--write"});
        CHECK(refused.status == exit_wrong_input);
        CHECK(refused.err.find("/overrides/costs: expected key \"memory_service_per_page\"") !=
              std::string::npos);
        CHECK(text_of(path_in(files, "machine.json")) == before);
    }
    TEST_CASE("validate knows calibration files") {
        const SmallCalibration files;
        CHECK(answer(commands(), {"validate", files.path()}).status == exit_ok);
        const std::string broken =
            files.folder().write("broken.json", replaced(files.text(), "250ns", "250"));
        CHECK(answer(commands(), {"validate", broken}).status == exit_wrong_input);
    }
}
