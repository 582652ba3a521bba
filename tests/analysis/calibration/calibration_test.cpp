// Goal: a calibration file is read whole or refused with every place that is wrong.
// Method: the file of a small calibration, whole and with one thing wrong.
#include "analysis/calibration/calibration.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "models/config/errors.hpp"
#include "tests/support/reading.hpp"
#include "tests/support/small_calibration.hpp"

using namespace pcpsim;

namespace {

/// What is wrong with the file after a replacement, without the folder's name.
std::string complaint(const SmallCalibration& files, const std::string& from,
                      const std::string& to) {
    REQUIRE(files.text().find(from) != std::string::npos);
    const std::string path = files.folder().write("changed.json", replaced(files.text(), from, to));
    try {
        static_cast<void>(read_calibration(path));
        return {};
    } catch (const ScenarioError& error) {
        return replaced(error.what(), path, "changed.json");
    }
}

}  // namespace

TEST_SUITE("analysis/calibration/calibration") {
    TEST_CASE("keeps the column and the strategy that it measured") {
        const SmallCalibration files;
        const Calibration calibration = read_calibration(files.path());
        REQUIRE(calibration.scenario.strategies.size() == 1);
        CHECK(calibration.scenario.strategies[0].drain.model() == "workqueue");
        REQUIRE(calibration.published.columns.size() == 1);
        CHECK(calibration.published.columns[0].name == "vanilla");
        CHECK(calibration.machine.text == "machine.json");
        REQUIRE(calibration.fit.size() == 2);
        CHECK(calibration.fit[0].name == "memory_service_per_page");
        CHECK(calibration.fit[0].start == 250'000);
        CHECK(calibration.fit[1].upper == 100'000);
        REQUIRE(calibration.anchors.size() == 2);
        CHECK(calibration.anchors[1].name == "user_per_page");
        CHECK(calibration.anchors[1].cell == "elapsed-1");
    }
    TEST_CASE("assignments of the command line are laid over those of the file") {
        const SmallCalibration files{};
        const std::string path = files.folder().write(
            "set.json", replaced(files.text(), "{", R"({"set": ["/seed=5", "/replications=3"], )"));
        const Calibration calibration = read_calibration(path, {"/seed=9"});
        CHECK(calibration.scenario.seed == 9);
        CHECK(calibration.scenario.replications == 3);
    }
    TEST_CASE("says where a cost is wrong, what belongs there and what was found") {
        const SmallCalibration files;
        CHECK(complaint(files, "/costs/memory_service_per_page", "/costs/memory_service_per_pag") ==
              R"(changed.json:1:254: /fit/0/cost: expected the JSON pointer of a cost, such as )"
              R"("/costs/page_fault", got "/costs/memory_service_per_pag" )"
              R"((did you mean "/costs/memory_service_per_page"?))");
        CHECK(complaint(files, R"("lower": "50ns")", R"("lower": 50)")
                  .find("/fit/0/lower: expected a duration in 1ps..100us") != std::string::npos);
        CHECK(complaint(files, R"("upper": "900ns")", R"("upper": "40ns")")
                  .find(R"(/fit/0/upper: expected a value above "lower", got "40ns")") !=
              std::string::npos);
        CHECK(complaint(files, R"("start": "250ns")", R"("start": "2us")")
                  .find(R"(/fit/0/start: expected a value between "lower" and "upper")") !=
              std::string::npos);
        CHECK(complaint(files, R"(, "lower": 0)", "").find("/fit/1: expected key \"lower\"") !=
              std::string::npos);
        CHECK(complaint(files, "/costs/user_per_page", "/costs/page_fault")
                  .find("/anchors/1/cost: expected a cost that no other entry names") !=
              std::string::npos);
    }
    TEST_CASE("an anchor meets the first cell of a curve") {
        const SmallCalibration files;
        CHECK(complaint(files, R"("cell": "elapsed-1")", R"("cell": "elapsed-2")")
                  .find("/anchors/1/cell: expected the first cell of a curve that no other anchor "
                        "meets: elapsed-1, got \"elapsed-2\"") != std::string::npos);
    }
    TEST_CASE("says which columns and files there are") {
        const SmallCalibration files;
        CHECK(complaint(files, R"("column": "vanilla")", R"("column": "vanila")")
                  .find(R"(/column: expected one of vanilla, got "vanila" (did you mean)") !=
              std::string::npos);
        CHECK(complaint(files, "reference.json", "nowhere.json")
                  .find("/reference: expected a readable file") != std::string::npos);
        CHECK(complaint(files, R"("scenario.json")", "7")
                  .find("/scenario: expected the name of a file, got 7") != std::string::npos);
    }
    TEST_CASE("every calibration of the project reads") {
        int files = 0;
        for (const auto& entry :
             std::filesystem::directory_iterator{PCPSIM_SOURCE_DIR "/scenarios/calibrations"}) {
            CAPTURE(entry.path().string());
            CHECK_NOTHROW(read_calibration(entry.path().string()));
            ++files;
        }
        CHECK(files > 0);
    }
    TEST_CASE("fits one to four costs") {
        const SmallCalibration none{"[]"};
        CHECK(complaint(none, "[]", "[ ]").find("/fit: expected an array of 1..4 fitted costs") !=
              std::string::npos);
        std::string five = "[";
        for (int i = 0; i < 5; ++i) five += i > 0 ? ",{}" : "{}";
        CHECK(complaint(none, "[]", five + "]")
                  .find("/fit: expected an array of 1..4 fitted costs") != std::string::npos);
    }
    TEST_CASE("odd values anywhere are refused, never a crash") {
        const SmallCalibration files;
        Errors none;
        Node file = parse_json(Source{"t.json", files.text()}, none);
        int refused = 0;
        for_each_value(file, [&](Node& value) {
            const std::string text = files.text();
            for (const char* odd : {"null", "-1", "\"\"", "[]", "[{}]", "{}"}) {
                const std::string path = files.folder().write(
                    "odd.json", text.substr(0, value.place.offset) + odd + text.substr(value.end));
                try {
                    static_cast<void>(read_calibration(path));
                } catch (const ScenarioError&) {
                    ++refused;
                }
            }
        });
        CHECK(refused > 100);
    }
}
