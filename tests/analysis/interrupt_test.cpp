#include "analysis/interrupt.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace pcpsim;

TEST_SUITE("analysis/interrupt") {
    TEST_CASE("an interrupt sets the flag, and the next one is deadly again") {
        const UserInterrupt interrupt;
        CHECK_FALSE(interrupt.flag());
        std::raise(SIGINT);
        CHECK(interrupt.flag());
        struct sigaction action {};
        ::sigaction(SIGINT, nullptr, &action);
        const bool is_default = action.sa_handler == SIG_DFL;
        CHECK(is_default);
    }
    TEST_CASE("the flag starts anew") {
        {
            const UserInterrupt interrupt;
            std::raise(SIGINT);
        }
        CHECK_FALSE(UserInterrupt{}.flag());
    }
}
