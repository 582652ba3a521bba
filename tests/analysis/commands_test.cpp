// Goal: the program's table of commands is complete and its examples are valid.
// Method: what the table says is parsed by the table.
#include "analysis/commands.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "analysis/program.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream{text};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

/// A scenario of one short run per strategy, gone when the test ends.
class ScenarioFile {
public:
    explicit ScenarioFile(const std::string& strategies)
        : path_{folder_.write("scenario.json",
                              R"({"machine": ")" PCPSIM_SOURCE_DIR
                              R"(/scenarios/machines/epyc-7742-2s.json", "replications": 2,)"
                              R"( "overrides": {"topology": {"memory_per_node": "1GiB"}},)"
                              R"( "workload": [{"model": "forced-drain"}], "strategies": )" +
                                  strategies + "}\n")} {}
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    TemporaryFolder folder_;
    std::string path_;
};

/// What `pcpsim validate` says of a text that can be read only once, without its name.
std::string validated_in_pipe(const std::string& text) {
    std::array<int, 2> ends{};
    REQUIRE(pipe(ends.data()) == 0);
    REQUIRE(fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) >= static_cast<int>(text.size()));
    REQUIRE(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    close(ends[1]);
    const std::string path = "/dev/fd/" + std::to_string(ends[0]);
    const Answer answered = answer(commands(), {"validate", path});
    close(ends[0]);
    const std::string said = answered.out + answered.err;
    return said.starts_with(path + ": ") ? said.substr(path.size() + 2) : said;
}

}  // namespace

TEST_SUITE("analysis/commands") {
    TEST_CASE("every command has a sentence, an example that it can parse, and something to do") {
        for (const Command& command : commands()) {
            CAPTURE(command.name);
            CHECK(command.sentence.back() == '.');
            const bool does_something = command.run != nullptr;
            CHECK(does_something);
            CHECK(!command.examples.empty());
            for (const Example& example : command.examples)
                CHECK_NOTHROW(parse(command, words(example.arguments)));
        }
    }
    TEST_CASE("list and describe answer from the catalog") {
        CHECK(answer(commands(), {"list"}).out.find("epyc-7742-2s") != std::string::npos);
        CHECK(answer(commands(), {"describe", "epyc-7742-2s"}).out.find("page_zero = ") !=
              std::string::npos);
        CHECK(answer(commands(), {"describe", "epic"}).status == 2);
    }
    TEST_CASE("compare and run simulate a scenario") {
        const ScenarioFile file{R"([{"model": "workqueue"}, {"model": "rcu-swap"}])"};
        const Answer table = answer(commands(), {"compare", file.path(), "--seed", "3"});
        CHECK(table.status == 0);
        CHECK(table.out.find("Amean     work-items") != std::string::npos);
        CHECK(table.out.find(", seeds 3-4,") != std::string::npos);
        const Answer run = answer(commands(), {"run", file.path()});
        CHECK(run.out.find("forced-drain/work-items") != std::string::npos);
        CHECK(run.out.find(", seed 1,") != std::string::npos);
    }
    TEST_CASE("a strategy against itself is identical everywhere") {
        const ScenarioFile file{
            R"([{"model": "workqueue"}, {"model": "workqueue", "label": "B"}])"};
        const std::string table = answer(commands(), {"compare", file.path()}).out;
        std::istringstream lines{table};
        int rows = 0;
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with("Amean")) {
                ++rows;
                CHECK(line.ends_with("  identical"));
            }
        CHECK(rows > 0);
    }
    TEST_CASE("short options and --set write into the scenario") {
        const ScenarioFile file{R"([{"model": "workqueue"}])"};
        const auto out = [&](std::vector<std::string> more) {
            more.insert(more.begin(), {"compare", file.path(), "--format=json"});
            return answer(commands(), more).out;
        };
        CHECK(out({"--seed=5", "--replications=1"}) ==
              out({"--set", "/seed=5", "--set", "/replications=1"}));
        CHECK(out({"--seed=5"}) != out({"--seed=6"}));
    }
    TEST_CASE("what is wrong with a scenario is said with its place, at exit status 2") {
        const ScenarioFile file{R"([{"model": "workqeue"}])"};
        const Answer wrong = answer(commands(), {"compare", file.path()});
        CHECK(wrong.status == 2);
        CHECK(wrong.out.empty());
        CHECK(wrong.err.starts_with(file.path() + ":1:"));
        CHECK(wrong.err.find("(did you mean \"workqueue\"?)") != std::string::npos);
        CHECK(answer(commands(), {"compare", file.path(), "--seed", "x"})
                  .err.starts_with("--seed: expected"));
    }
    TEST_CASE("validate knows scenarios, machines and published tables") {
        const ScenarioFile good{R"([{"model": "workqueue"}])"};
        const std::string scenarios = PCPSIM_SOURCE_DIR "/scenarios/";
        const std::vector<std::string> files{good.path(), scenarios + "machines/epyc-7742-2s.json",
                                             scenarios + "machines/epyc-7742-2s-node.json",
                                             scenarios + "reference/pft-2022-rcu.json"};
        std::vector<std::string> words{"validate"};
        std::string expected;
        for (const std::string& path : files) {
            words.push_back(path);
            expected += path + ": ok\n";
        }
        CHECK(answer(commands(), words).out == expected);
    }
    TEST_CASE("validate takes a class of machines for what it is") {
        const auto validated = [](const std::string& path) {
            return answer(commands(), {"validate", path});
        };
        const std::string classes = PCPSIM_SOURCE_DIR "/scenarios/machines/classes";
        for (const auto& file : std::filesystem::directory_iterator{classes}) {
            const std::string path = file.path().string();
            CHECK(validated(path).out == path + ": ok, a class that machines build on\n");
        }
        const TemporaryFolder folder;
        const std::string path = folder.write(
            "class.json", R"({"costs": {"atomic": "0ns", "atomics": 1}, "kernel": {"hz": 0}})");
        const Answer wrong = validated(path);
        CHECK(wrong.status == 2);
        CHECK(wrong.err.find(path + ":1:22: /costs/atomic: expected a duration in 1ps..100us") ==
              0);
        CHECK(wrong.err.find("/costs/atomics: expected one of ") != std::string::npos);
        CHECK(wrong.err.find("/kernel/hz: expected ") != std::string::npos);
    }
    TEST_CASE("validate reads a file once, so that it may be a pipe") {
        const std::string scenarios = PCPSIM_SOURCE_DIR "/scenarios/";
        for (const char* name : {"reference/pft-2022-rcu.json", "machines/classes/common.json"}) {
            std::ifstream file{scenarios + name};
            const std::string text{std::istreambuf_iterator<char>{file}, {}};
            CHECK(validated_in_pipe(text).starts_with("ok"));
        }
        const std::string named = scenarios + "machines/guest-4cpu.json";
        CHECK(validated_in_pipe(R"({"machine": ")" + named +
                                R"(", "workload": [{"model": "pft"}],)"
                                R"( "strategies": [{"model": "workqueue"}]})") == "ok\n");
        CHECK(validated_in_pipe(R"({"scenario": ")" + scenarios + R"(epyc-7742-pft.json",)" +
                                R"( "reference": ")" + scenarios +
                                R"(reference/pft-2022-rcu.json",)"
                                R"( "column": "vanilla", "anchors": [], "fit": [{"cost":)"
                                R"( "/costs/page_zero", "start": "110ns", "lower": "1ns",)"
                                R"( "upper": "1us"}]})") == "ok\n");
    }
    TEST_CASE("validate checks every file even if one is wrong") {
        const ScenarioFile good{R"([{"model": "workqueue"}])"};
        const Answer mixed = answer(commands(), {"validate", "/nonexistent", good.path()});
        CHECK(mixed.status == 2);
        CHECK(mixed.out == good.path() + ": ok\n");
        CHECK(mixed.err.starts_with("/nonexistent: expected"));
    }
    TEST_CASE("a schema is that of a scenario, unless a machine's is asked for") {
        const auto schema = [](const std::vector<std::string>& words) {
            return answer(commands(), words).out;
        };
        CHECK(schema({"schema"}).find("\"title\": \"pcpsim scenario\"") != std::string::npos);
        CHECK(schema({"schema", "scenario"}) == schema({"schema"}));
        CHECK(schema({"schema", "machine"}).find("\"title\": \"pcpsim machine\"") !=
              std::string::npos);
        const Answer refused = answer(commands(), {"schema", "machines"});
        CHECK(refused.status == 2);
        CHECK(refused.err ==
              "pcpsim: expected scenario or machine, got \"machines\" (did you mean "
              "\"machine\"?)\nTry: pcpsim schema --help\n");
    }
    TEST_CASE("a file that shows in no key what it is counts as a scenario") {
        const TemporaryFolder folder;
        const auto validated = [&](const char* text) {
            return answer(commands(), {"validate", folder.write("a.json", text)}).err;
        };
        CHECK(validated(R"({"stratgies": []})").find("(did you mean \"strategies\"?)") !=
              std::string::npos);
        CHECK(validated(R"({"topology": {}})").find("expected key \"costs\"") != std::string::npos);
        CHECK(validated(R"({"fit": []})").find("expected key \"scenario\"") != std::string::npos);
    }
}
