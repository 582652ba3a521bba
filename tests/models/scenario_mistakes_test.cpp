// Goal: each mistake that a user makes in a scenario or its machine gets its exact line, and only
// it. Method: a scenario of five lines beside a machine file, wrong in one place at a time.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "models/config/scenario.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

/// Valid; the line of each value is easy to see.
const std::string good = R"({
"machine": "m.json",
"workload": [{"model": "forced-drain", "cpus": "0-3", "params": {"period": "1us"}}],
"strategies": [{"model": "workqueue"}],
"seed": 7
})";
const std::string machine = R"({"base": ")" PCPSIM_SOURCE_DIR
                            R"(/scenarios/machines/epyc-7742-2s.json",
"overrides": {"topology": {"sockets": 2},
"costs": {"page_zero": "110ns"}}})";

struct Mistake {
    std::string from;
    std::string to;
    std::string line;  ///< What is said, without "s.json:" in front; the place is 1-based.
};

class Files {
public:
    Files() { folder_.write("m.json", machine); }
    void write(const std::string& name, const std::string& text) const {
        folder_.write(name, text);
    }
    /// What is wrong, with the folder left out.
    [[nodiscard]] std::string complaint(const std::string& text) const {
        const std::string path = folder_.write("s.json", text);
        const std::string folder = path.substr(0, path.size() - 6);
        try {
            static_cast<void>(read_scenario(path));
            return {};
        } catch (const ScenarioError& error) {
            std::string lines = error.what();
            for (std::size_t at = 0; (at = lines.find(folder)) != std::string::npos;)
                lines.erase(at, folder.size());
            return lines;
        }
    }

private:
    TemporaryFolder folder_;
};

std::string with(const std::string& text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return std::string{text}.replace(at, from.size(), to);
}

void check(const std::vector<Mistake>& mistakes) {
    const Files files;
    for (const Mistake& mistake : mistakes) {
        CAPTURE(mistake.to);
        CHECK(files.complaint(with(good, mistake.from, mistake.to)) == "s.json:" + mistake.line);
    }
}

/// The line for each way to write a value wrongly.
void check_values(const std::string& from, const std::string& place, const std::string& expected,
                  const std::vector<std::string>& values) {
    const Files files;
    for (const std::string& value : values) {
        CAPTURE(value);
        CHECK(files.complaint(with(good, from, value)) ==
              "s.json:" + place + ": expected " + expected + ", got " + value);
    }
}

}  // namespace

TEST_SUITE("models/scenario_mistakes") {
    TEST_CASE("the file that is made wrong below is right") {
        CHECK(Files{}.complaint(good).empty());
    }
    TEST_CASE("text that is no JSON stops the reader where it is") {
        check({
            {"\"seed\"", "seed", "5:1: expected a key in double quotes, got seed"},
            {"\"seed\"", "'seed'", "5:1: expected a key in double quotes, got 'seed'"},
            {"7\n", "7,\n", "6:1: expected a key in double quotes, got }"},
            {"],\n\"seed\"", "]\n\"seed\"", "5:1: expected ',' or '}', got \"seed\""},
            {": 7", " 7", "5:8: expected ':', got 7"},
            {"7\n}", "7\n", "6:1: expected ',' or '}', got end of file"},
            {"7\n}", "7\n}}", "6:2: expected end of file, got }"},
            {"7\n}", "7\n} {}", "6:3: expected end of file, got {"},
            {"\"seed\"", "// seed\n\"seed\"", "5:1: expected a key in double quotes, got //"},
            {"7", "NaN", "5:9: expected a JSON value, got NaN"},
            {"7", "Infinity", "5:9: expected a JSON value, got Infinity"},
            {"7", "+7", "5:9: expected a JSON value, got +7"},
            {"7", ".7", "5:9: expected a JSON value, got .7"},
            {"7", "07", "5:9: expected a JSON number, got 07"},
            {"7", "0x10", "5:9: expected a JSON number, got 0x10"},
            {"7", "1_000", "5:9: expected a JSON number, got 1_000"},
            {"7", "1.2.3", "5:9: expected a JSON number, got 1.2.3"},
            {"7", "7.", "5:9: expected a valid number (expected digit after '.'), got 7."},
            {"7", "1e400", "5:9: expected a number below 1e308, got 1e400"},
            {"7", "-1e400", "5:9: expected a number below 1e308, got -1e400"},
            {"7", "True", "5:9: expected a JSON value, got True"},
            {"forced-drain", "forced\ndrain",
             "3:24: expected a valid string (control character U+000A (LF) must be escaped to "
             "\\u000A or \\n), got \"forced"},
            {"forced-drain", "forced\\xdrain",
             "3:24: expected a valid string (forbidden character after backslash), got "
             "\"forced\\xdrain\""},
            {"forced-drain", "\\ud800",
             "3:24: expected a valid string (surrogate U+D800..U+DBFF must be followed by "
             "U+DC00..U+DFFF), got \"\\ud800\""},
            {"forced-drain", "forced\xFF",
             "3:24: expected a valid string (ill-formed UTF-8 byte), got \"forced\\xFF\""},
            {"forced-drain", "w\xC0\xAF",
             "3:24: expected a valid string (ill-formed UTF-8 byte), got \"w\\xC0\\xAF\""},
            {"{\n\"machine", "\xEF\xBB\xBF{\n\"machine",
             "1:1: expected JSON text, got a byte-order mark"},
            {"{\n\"machine", "\xFF\xFE{\n\"machine", "1:1: expected UTF-8, got UTF-16"},
            {"7\n}", std::string{"7\n}\0", 4}, "6:2: expected text without NULs, got \\x00"},
            {"7", std::string(64, '['),
             "5:72: expected at most 64 levels of nesting, got one more"},
        });
    }
    TEST_CASE("numbers have the sign, size and form that belong there") {
        check_values(
            "7", "5:9: /seed", "a whole number in 0..18446744073709551615",
            {"-1", "-0", "1.0", "1.5", "1e0", "1e-400", "18446744073709551616",
             "18446744073709551617", "-9223372036854775809", "\"7\"", "true", "null", "[]", "{}"});
        check_values("\"seed\": 7", "5:17: /replications", "a whole number in 1..10000", {});
        check({{"\"seed\": 7", "\"replications\": 0",
                "5:17: /replications: expected a whole number in 1..10000, got 0"},
               {"\"seed\": 7", "\"replications\": 1000000000",
                "5:17: /replications: expected a whole number in 1..10000, got 1000000000"},
               {"\"seed\": 7", "\"pcp\": {\"batch\": \"63\"}",
                "5:18: /pcp/batch: expected pages in 1..1000000, got \"63\""},
               {"\"seed\": 7", "\"pcp\": {\"high\": -1}",
                "5:17: /pcp/high: expected pages in 0..1000000000, got -1"}});
    }
    TEST_CASE("where a unit belongs, a bare number or another unit is refused") {
        check_values("\"1us\"", "3:76: /workload/0/params/period",
                     "a duration in 1ns..1000s with a unit, such as \"14ns\"", {"1",
                                                                                "0",
                                                                                "-1",
                                                                                "1.5",
                                                                                "null",
                                                                                "true",
                                                                                "[\"1us\"]",
                                                                                "\"1\"",
                                                                                "\"\"",
                                                                                "\"us\"",
                                                                                "\"1 us\"",
                                                                                "\"1us \"",
                                                                                "\"1US\"",
                                                                                "\"1usec\"",
                                                                                "\"1e3us\"",
                                                                                "\"+1us\"",
                                                                                "\"1,5us\"",
                                                                                "\"1GiB\"",
                                                                                "\"nan\"",
                                                                                "\"1\xC2\xB5s\"",
                                                                                "\"1us\\u0000\""});
        check_values("\"1us\"", "3:76: /workload/0/params/period", "a duration in 1ns..1000s",
                     {"\"0us\"", "\"2000s\"", "\"999ps\""});
        check_values("\"1us\"", "3:76: /workload/0/params/period",
                     "a duration in 1ns..1000s without a sign", {"\"-1us\""});
        check_values("\"1us\"", "3:76: /workload/0/params/period",
                     "a duration in 1ns..1000s in whole picoseconds", {"\"0.0001ns\""});
        check_values("\"1us\"", "3:76: /workload/0/params/period",
                     "a duration in 1ns..1000s below 2^63 picoseconds (106 days)",
                     {"\"99999999999999s\"", "\"99999999999999999999s\""});
    }
    TEST_CASE("CPUs are a list, and the machine has them") {
        check_values("\"0-3\"", "3:48: /workload/0/cpus",
                     "a CPU list below 8192, such as \"0-3,8\"",
                     {"0", "[0]", "\"3-0\"", "\"0-\"", "\"-3\"", "\"0,,1\"", "\"0-3,\"", "\"all\"",
                      "\"0-3:2/4\"", "\"0-999999999\"", "\"4294967296\""});
        check_values("\"0-3\"", "3:48: /workload/0/cpus", "CPUs among 0-255",
                     {"\"\"", "\"256\"", "\"0-8191\""});
    }
    TEST_CASE("keys are known, written once, and the required ones are there") {
        check({
            {"\"seed\"", "\"sede\"",
             "5:1: /sede: expected one of question, machine, overrides, kernel, pcp, workload, "
             "strategies, depopulation, seed, replications, stop_after, got \"sede\" (did you mean "
             "\"seed\"?)"},
            {"\"seed\"", "\"SEED\"",
             "5:1: /SEED: expected one of question, machine, overrides, kernel, pcp, workload, "
             "strategies, depopulation, seed, replications, stop_after, got \"SEED\" (did you mean "
             "\"seed\"?)"},
            {"\"period\"", "\"perod\"",
             "3:66: /workload/0/params/perod: expected one of drains, callers, period, loop, fill, "
             "got \"perod\" (did you mean \"period\"?)"},
            {"\"machine\": \"m.json\",", "",
             "1:1: /: expected key \"machine\" (the machine's file), got none"},
            {"{\"model\": \"workqueue\"}", "{}",
             "4:16: /strategies/0: expected key \"model\" (one of ipi-all, ipi-mask, rcu-swap, "
             "remote-spinlock, workqueue), got none"},
            {"\"seed\": 7", "\"seed\": 7, \"seed\": 8",
             "5:12: /seed: expected each key once, got \"seed\""},
            {"\"seed\": 7", "\"seed\": 7, \"se\\u0065d\": 8",
             "5:12: /seed: expected each key once, got \"se\\u0065d\""},
            {"\"model\": \"workqueue\"", "\"model\": \"workqueue\", \"model\": \"ipi-all\"",
             "4:39: /strategies/0/model: expected each key once, got \"model\""},
        });
    }
    TEST_CASE("models and kernels are known, and a near miss gets a suggestion") {
        const std::string drains =
            "4:26: /strategies/0/model: expected one of ipi-all, ipi-mask, rcu-swap, "
            "remote-spinlock, workqueue, got ";
        check({
            {"\"workqueue\"", "\"workqeue\"",
             drains + "\"workqeue\" (did you mean \"workqueue\"?)"},
            {"\"workqueue\"", "\"WORKQUEUE\"",
             drains + "\"WORKQUEUE\" (did you mean \"workqueue\"?)"},
            {"\"workqueue\"", "\"rcu\"", drains + "\"rcu\" (did you mean \"rcu-swap\"?)"},
            {"\"workqueue\"", "\"no-such-thing\"", drains + "\"no-such-thing\""},
            {"\"workqueue\"", "\"a\\u001b[31m\"", drains + "\"a\\u001b[31m\""},
            {"\"workqueue\"", "null", drains + "null"},
            {"\"seed\": 7", "\"kernel\": \"5.71\"",
             "5:11: /kernel: expected one of 5.10, 5.17, 6.0, 6.1, 6.2, 6.12, got \"5.71\" (did "
             "you "
             "mean \"5.17\"?)"},
            {"\"seed\": 7", "\"kernel\": 5.17",
             "5:11: /kernel: expected one of 5.10, 5.17, 6.0, 6.1, 6.2, 6.12, got 5.17 (did you "
             "mean \"5.17\"?)"},
        });
    }
    TEST_CASE("lists and objects stand where they belong") {
        check({
            {"[{\"model\": \"workqueue\"}]", "[]",
             "4:15: /strategies: expected at least one entry, got []"},
            {"[{\"model\": \"workqueue\"}]", "{}", "4:15: /strategies: expected an array, got {}"},
            {"[{\"model\": \"workqueue\"}]", "[\"workqueue\"]",
             "4:16: /strategies/0: expected an object, got \"workqueue\""},
            {"{\"model\": \"workqueue\"}", "{\"model\": \"workqueue\", \"params\": []}",
             "4:49: /strategies/0/params: expected an object, got []"},
            {"{\"model\": \"workqueue\"}", "{\"model\": \"workqueue\", \"label\": \"\"}",
             "4:48: /strategies/0/label: expected a label, got \"\""},
            {"{\"model\": \"workqueue\"}", "{\"model\": \"workqueue\", \"label\": \"a\\nb\"}",
             "4:48: /strategies/0/label: expected a string without control characters, got "
             "\"a\\nb\""},
            {"{\"model\": \"workqueue\"}", "{\"model\": \"workqueue\"}, {\"model\": \"workqueue\"}",
             "4:50: /strategies/1/model: expected a label that no other has, got \"workqueue\""},
            {"\"cpus\"", "\"start\": \"2s\", \"stop\": \"1s\", \"cpus\"",
             "3:63: /workload/0/stop: expected a time after its start, got \"1s\""},
        });
    }
    TEST_CASE("the machine's file is there, is one, and can be read") {
        check({
            {"\"m.json\"", "\"none.json\"",
             "2:12: /machine: expected a readable file, got \"none.json\" (No such file or "
             "directory)"},
            {"\"m.json\"", "\".\"",
             "2:12: /machine: expected a readable file, got \".\" (a directory)"},
            {"\"m.json\"", "\"m.json\\u0000\"",
             "2:12: /machine: expected a readable file, got \"m.json\\u0000\" (a name with a NUL)"},
            {"\"m.json\"", "\"/proc/self/mem\"",
             "2:12: /machine: expected a readable file, got \"/proc/self/mem\" (a read error)"},
            {"\"m.json\"", "\"/dev/zero\"",
             "2:12: /machine: expected a readable file, got \"/dev/zero\" (more than 16MiB)"},
            {"\"m.json\"", "{}", "2:12: /machine: expected the name of a file, got {}"},
        });
        const Files files;
        files.write("m.json", "");
        CHECK(files.complaint(good) == "m.json:1:1: expected a JSON value, got end of file");
        files.write("m.json", R"({"base": "m.json"})");
        CHECK(files.complaint(good) ==
              "m.json:1:10: /base: expected a file that does not build on this one, got "
              "\"m.json\"");
    }
    TEST_CASE("mistakes in all parts of the machine come at once") {
        const Files files;
        files.write("m.json", with(with(machine, "2}", "\"2\"}"), "\"110ns\"",
                                   R"(110, "page_one": "1ns"}, "kernel": {"hz": 0)"));
        const std::string lines = files.complaint(good);
        CHECK(
            lines.starts_with("m.json:2:39: /overrides/topology/sockets: expected a whole number "
                              "in 1..8192, got \"2\"\n"
                              "m.json:3:24: /overrides/costs/page_zero: expected a duration in "
                              "1ps..100us with a unit, such as \"14ns\", got 110\n"
                              "m.json:3:29: /overrides/costs/page_one: expected one of "));
        CHECK(lines.ends_with(
            "m.json:3:66: /overrides/kernel/hz: expected a whole number in 100..1000, got 0"));
    }
    TEST_CASE("a machine of 10^9 CPUs is refused before it is built") {
        const auto shape = [](const std::string& sockets) {
            const Files files;
            files.write("m.json", with(machine, "\"sockets\": 2", sockets));
            return files.complaint(good);
        };
        CHECK(shape("\"sockets\": 1000000000") ==
              "m.json:2:39: /overrides/topology/sockets: expected a whole number in 1..8192, got "
              "1000000000");
        CHECK(
            shape(R"("sockets": 1000, "cores_per_node": 1000, "nodes_per_socket": 1000)")
                .ends_with("/topology: expected at most 8192 CPUs in all, got 1000 sockets x 1000 "
                           "nodes x 1000 cores x 2 threads"));
        CHECK(shape(R"("sockets": 8192, "cores_per_node": 1, "nodes_per_socket": 1,
                       "threads_per_core": 1, "cores_per_cache": 1)")
                  .ends_with("/topology: expected at most 1024 nodes in all, got 8192 sockets x 1 "
                             "nodes x 1 cores x 1 threads"));
    }
    TEST_CASE("the first fifty mistakes are shown, and the others counted") {
        std::string keys;
        for (int i = 0; i < 5000; ++i) keys += ",\"k" + std::to_string(i) + "\": 1";
        const Files files;
        const std::string lines = files.complaint(with(good, "7", "-7" + keys));
        CHECK(lines.starts_with("s.json:5:9: /seed: expected a whole number "));
        CHECK(lines.ends_with("got \"k48\"\nand 4951 more"));
        std::string entries;
        for (int i = 0; i < 5000; ++i) entries += ",0";
        CHECK(files.complaint(with(good, "}]", "}" + entries + "]"))
                  .ends_with("/workload/50: expected an object, got 0\nand 4950 more"));
    }
    TEST_CASE("a hostile file is refused in bounded memory and time") {
        const Files files;
        const auto refused = [&](const std::string& text) { return files.complaint(text); };
        CHECK(refused(with(good, "7", std::string(std::size_t{17} << 20, '1'))) ==
              "s.json: expected a readable file, got more than 16MiB");
        std::string values = "[";
        for (int i = 0; i < 1'200'000; ++i) values += "1,";
        CHECK(refused(values + "1]") ==
              "s.json:1:2400000: expected at most 1200000 values, got one more");
        // Pointers share the steps above them: written out, these take 100 GB.
        values = "{\"" + std::string(1'000'000, 'k') + "\": [";
        for (int i = 0; i < 100'000; ++i) values += "1,";
        CHECK(refused(values + "1]}").starts_with("s.json:1:1: /: expected key \"machine\""));
        std::string entries;
        for (int i = 0; i < 10'000; ++i) entries += ",{\"model\": \"workqueue\"}";
        CHECK(
            refused(with(good, "\"workqueue\"}", "\"workqueue\"}" + entries))
                .starts_with("s.json:4:15: /strategies: expected at most 10000 elements, got [{"));
        std::string list = "0";
        for (int i = 0; i < 100'000; ++i) list += ",0-8191";
        CHECK(
            refused(with(good, "0-3", list))
                .starts_with("s.json:3:48: /workload/0/cpus: expected CPUs among 0-255, got \"0,"));
    }
}
