// Goal: published tables are read, and what is wrong with one is said with its place.
// Method: the shipped files; small files with one mistake each.
#include "analysis/published.hpp"

#include <doctest/doctest.h>

#include "analysis/reference.hpp"
#include "models/config/errors.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

const std::string shipped = PCPSIM_SOURCE_DIR "/scenarios/reference/";

/// A file of one machine, m.
class ReferenceFile {
public:
    explicit ReferenceFile(const std::string& results, const std::string& more = "")
        : path_{folder_.write("r.json", R"({"source": "s", "benchmark": "pft", "unit": "s",)"
                                        R"( "columns": {"old": "", "new": ""},)"
                                        R"( "strategies": {"old": "workqueue", "new": "rcu-swap"},)"
                                        "\n\"machines\": [{\"id\": \"m\",\n\"results\": " +
                                            results + more + "}]}\n")} {}
    [[nodiscard]] PublishedTable read(const std::string& machine = "m") const {
        return read_published(path_, machine);
    }
    /// Where and what, without the file's name.
    [[nodiscard]] std::string complaint(const std::string& machine = "m") const {
        try {
            static_cast<void>(read(machine));
        } catch (const ScenarioError& error) {
            const std::string text = error.what();
            return text.substr(text.find(path_) == 0 ? path_.size() + 1 : 0);
        }
        return "none";
    }

private:
    TemporaryFolder folder_;
    std::string path_;
};

}  // namespace

TEST_SUITE("analysis/published") {
    TEST_CASE("the shipped table of the EPYC 7742 has two columns of twenty rows") {
        const PublishedTable table = read_published(shipped + "pft-2022-rcu.json", "epyc-7742-2s");
        CHECK(table.benchmark == "pft");
        CHECK(table.unit == "s");
        REQUIRE(table.columns.size() == 2);
        CHECK(table.columns[0].strategy == "workqueue");
        CHECK(table.columns[1].strategy == "rcu-swap");
        REQUIRE(table.columns[1].cells.size() == 20);
        const PublishedCell& last = table.columns[1].cells.back();
        CHECK(last.operation == "elapsed-128");
        CHECK(last.curve() == "elapsed");
        CHECK(last.at() == 128);
        CHECK(last.mean == 2.75);
        CHECK(*last.gain == -0.28);
        CHECK_FALSE(table.columns[0].cells[0].gain);
    }
    TEST_CASE("every shipped machine can be read, and the other table has the same shape") {
        for (const char* machine :
             {"epyc-7742-2s", "epyc-7601-2s", "power9-9006-22c", "ampere-n1-80",
              "dell-r430-e5-2640v3", "apollo70-thunderx2", "raspberry-pi-4"})
            CHECK(read_published(shipped + "pft-2022-rcu.json", machine).machine == machine);
        const PublishedTable table =
            read_published(shipped + "pft-2022-cascadelake.json", "cascadelake-2s-80");
        CHECK(table.columns[1].strategy == "spinlock-irqson");
        CHECK(table.columns[1].cells.size() == 9);
    }
    TEST_CASE("the published table has no error against itself, in nine rows after the anchor") {
        const PublishedTable table = read_published(shipped + "pft-2022-rcu.json", "epyc-7742-2s");
        ResultSet itself;
        itself.strategies = {{"workqueue", "workqueue"}};
        for (const PublishedCell& cell : table.columns[0].cells)
            itself.series.push_back({{"pft/" + cell.operation, "s"}, {{cell.mean}}});
        const ReferenceErrors errors = errors_against(table, itself);
        const CurveError& elapsed = errors.columns[0].curves[1];
        CHECK(elapsed.curve == "elapsed");
        CHECK(elapsed.rows == 9);
        CHECK(elapsed.mean_absolute_error == 0);
        CHECK(*elapsed.inner_error == 0);
        CHECK(*elapsed.interpolation > 0);
    }
    TEST_CASE("a column to which costs were fitted is marked") {
        const ReferenceFile file{R"({"old": {"e": {"1": 2}}, "new": {"e": {"1": 2}}})",
                                 R"(, "fitted": ["old"])"};
        CHECK(file.read().columns[0].fitted);
        CHECK_FALSE(file.read().columns[1].fitted);
    }
    TEST_CASE("a machine that was not published is an error that names those that were") {
        const ReferenceFile file{R"({"old": {"e": {"1": 2}}})"};
        CHECK(file.complaint("other") ==
              R"(2:13: /machines: expected a table of machine "other", got tables of m)");
    }
    TEST_CASE("mistakes have a place") {
        CHECK(
            ReferenceFile{R"({"odl": {"e": {"1": 2}}})"}.complaint() ==
            R"(3:13: /machines/0/results/odl: expected one of old, new, got "odl" (did you mean "old"?))");
        CHECK(ReferenceFile{R"({"old": {"e": {"1": "2"}}})"}.complaint() ==
              R"(3:32: /machines/0/results/old/e/1: expected a number, got "2")");
        CHECK(ReferenceFile{R"({"old": {"e": {"1": -2}}})"}.complaint() ==
              R"(3:32: /machines/0/results/old/e/1: expected a number above 0, got -2)");
        CHECK(
            ReferenceFile{R"({"old": {"e": {"4": 2, "1": 3}}})"}.complaint() ==
            R"(3:35: /machines/0/results/old/e/1: expected whole numbers from 1 up, each above the one before, got "1")");
        CHECK(
            ReferenceFile{R"({"old": {"e": {"one": 2}}})"}.complaint() ==
            R"(3:27: /machines/0/results/old/e/one: expected whole numbers from 1 up, each above the one before, got "one")");
        CHECK(ReferenceFile{R"({"old": {"e": 2}})"}.complaint() ==
              R"(3:26: /machines/0/results/old/e: expected an object, got 2)");
        CHECK(ReferenceFile{R"({"old": 2})"}.complaint() ==
              R"(3:20: /machines/0/results/old: expected an object, got 2)");
    }
}
