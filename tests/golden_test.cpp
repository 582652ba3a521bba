// Goal: what users see is what the documents show. Method: whole commands against golden text,
// twice in one process, so that state left behind by the first shows; and the README against the
// same text.
#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "analysis/commands.hpp"
#include "analysis/program.hpp"

using namespace pcpsim;

namespace {

const std::string root = PCPSIM_SOURCE_DIR "/";

std::string text_of(const std::string& file) {
    std::ifstream stream{root + file};
    REQUIRE(stream);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

}  // namespace

TEST_SUITE("golden") {
    TEST_CASE("a forced drain of full lists prints its golden table, twice") {
        const std::string golden = text_of("tests/golden/epyc-7742-forced-drain.txt");
        for (int time = 0; time < 2; ++time) {
            const Answer got =
                answer(commands(), {"compare", root + "scenarios/epyc-7742-forced-drain.json"});
            CHECK(got.status == exit_ok);
            CHECK(got.out == golden);
        }
    }
    TEST_CASE("drains beside isolated CPUs print their golden table") {
        const Answer got =
            answer(commands(), {"compare", root + "scenarios/epyc-7742-isolation.json"});
        CHECK(got.status == exit_ok);
        CHECK(got.out == text_of("tests/golden/epyc-7742-isolation.txt"));
    }
    TEST_CASE("percpu memory of cgroups that come and go prints its golden table") {
        const Answer got = answer(commands(), {"compare", root + "scenarios/percpu-cgroups.json"});
        CHECK(got.status == exit_ok);
        CHECK(got.out == text_of("tests/golden/percpu-cgroups.txt"));
    }
    TEST_CASE("drains on a phone print their golden table") {
        const Answer got = answer(commands(), {"compare", root + "scenarios/phone-drains.json"});
        CHECK(got.status == exit_ok);
        CHECK(got.out == text_of("tests/golden/phone-drains.txt"));
    }
    TEST_CASE("the README shows the golden text of the scenarios") {
        const std::string readme = text_of("README.md");
        for (const char* const name :
             {"epyc-7742-pft", "epyc-7742-forced-drain", "epyc-7742-isolation", "percpu-cgroups"}) {
            CAPTURE(name);
            const std::string golden = text_of(std::string{"tests/golden/"} + name + ".txt");
            CHECK(readme.find("```text\n" + golden + "```\n") != std::string::npos);
        }
    }
}
