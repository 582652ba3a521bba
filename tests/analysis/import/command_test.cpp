#include "analysis/import/command.hpp"

#include <doctest/doctest.h>

#include "analysis/commands.hpp"
#include "analysis/program.hpp"
#include "tests/analysis/import/small_xml.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {
Answer run(std::vector<std::string> words) {
    words.insert(words.begin(), "import");
    return answer(commands(), words);
}
/// The first line of the complaint.
std::string complaint(const std::vector<std::string>& words) {
    const std::string err = run(words).err;
    return err.substr(0, err.find('\n'));
}
}  // namespace

TEST_SUITE("analysis/import/command") {
    TEST_CASE("an imported machine validates and runs") {
        const TemporaryFolder folder;
        const std::string xml = folder.write("box.xml", test::xml_v2());
        const std::string machine = folder.write("box.json", "");
        CHECK(run({"topology", xml, "--output", machine}).status == exit_ok);
        CHECK(answer(commands(), {"validate", machine}).status == exit_ok);
        const std::string scenario = folder.write(
            "s.json",
            R"({"question": "?", "machine": "box.json", "workload": [{"model": "forced-drain"}],
                "strategies": [{"model": "workqueue"}]})");
        const Answer ran = answer(commands(), {"run", scenario});
        CHECK(ran.status == exit_ok);
        CHECK(ran.out.find("forced-drain/cpus-visited") != std::string::npos);
    }
    TEST_CASE("without a file it is the host") {
        CHECK(run({"topology"}).out.find("\"this-host\"") != std::string::npos);
        CHECK(run({"topology", "--live"}).out == run({"topology"}).out);
        CHECK(run({"zoneinfo"}).status == exit_ok);
    }
    TEST_CASE("wrong words get a hint") {
        CHECK(complaint({}) == "pcpsim: expected topology|zoneinfo, got nothing");
        CHECK(complaint({"topologie"}) ==
              "pcpsim: expected topology or zoneinfo, got \"topologie\" (did you mean "
              "\"topology\"?)");
        CHECK(complaint({"topology", "a", "b"}) ==
              "pcpsim: expected no word behind import topology|zoneinfo [FILE], got \"b\"");
        CHECK(complaint({"topology", "a", "--live"}) ==
              "pcpsim: expected a file or --live, got both");
        CHECK(complaint({"topology", "--format", "json"}) ==
              "pcpsim: --format is for pcpsim import zoneinfo");
        CHECK(complaint({"zoneinfo", "--class", "x"}) ==
              "pcpsim: --class is for pcpsim import topology");
        CHECK(complaint({"zoneinfo", "--format", "xml"}) ==
              "pcpsim: --format: expected text or json, got \"xml\"");
        CHECK(run({"topology", "/no/file"}).status == exit_wrong_input);
    }
}
