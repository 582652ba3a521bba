// Goal: decimal fractions are read strictly and written so that they are read back.
// Method: texts on both sides of what is a number.
#include "analysis/number.hpp"

#include <doctest/doctest.h>

#include "models/config/errors.hpp"
#include "models/config/option.hpp"

using namespace pcpsim;

TEST_SUITE("analysis/number") {
    TEST_CASE("what is written is read back as the same number") {
        for (const double value : {0.0, 0.1, 1.0 / 3, -2.5e-300, 1e22, 123456789012345678.0})
            CHECK(std::get<double>(Scalar<double>::parse(Scalar<double>::text(value))) == value);
    }
    TEST_CASE("only a whole text that is a finite number is one") {
        for (const char* const text : {"", "1%", " 1", "nan", "inf", "1e999"}) {
            CAPTURE(text);
            CHECK_THROWS_AS(parse_option<double>("--x", text), ScenarioError);
        }
    }
}
