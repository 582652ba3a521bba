#include "analysis/record/command.hpp"

#include <doctest/doctest.h>

#include "analysis/commands.hpp"
#include "analysis/program.hpp"

using namespace pcpsim;

TEST_SUITE("analysis/record/command") {
    TEST_CASE("prints a script for the release that is named") {
        const Answer script =
            answer(commands(), {"record", "--kernel-release", "6.12.95+deb12-amd64"});
        CHECK(script.status == exit_ok);
        CHECK(script.err.empty());
        CHECK(script.out.find("\nrelease=6.12.95+deb12-amd64\n") != std::string::npos);
        CHECK(script.out.find("decay_pcp_high") != std::string::npos);
    }
    TEST_CASE("what is no release never reaches the script") {
        for (const char* wrong :
             {"", "linux", "2.6.32", "6.1.0;reboot", "6.1.0 x", "6.1.0\n", "6.1$(x)"}) {
            const Answer refused = answer(commands(), {"record", "--kernel-release", wrong});
            CHECK(refused.status == exit_wrong_input);
            CHECK(refused.out.empty());
            CHECK(refused.err.find("--kernel-release: expected a release from 4.19 on, as uname -r "
                                   "prints it, got \"") != std::string::npos);
        }
        CHECK(answer(commands(), {"record"}).status == exit_wrong_input);
    }
}
