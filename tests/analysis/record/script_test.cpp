#include "analysis/record/script.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

#include "analysis/record/probes.hpp"

using namespace pcpsim;

namespace {

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++found;
    return found;
}

}  // namespace

TEST_SUITE("analysis/record/script") {
    TEST_CASE("a script is for one release, and has each probe and tracepoint of its era once") {
        const std::string script = recording_script("6.1.0-56-amd64", "6.1");
        CHECK(script.starts_with("#!/bin/sh\n"));
        CHECK(count(script, "release=6.1.0-56-amd64\n") == 1);
        CHECK(count(script, "@RELEASE@") == 0);
        for (const Probe& probe : probes_of("6.1"))
            CHECK(count(script, std::string{'\n', probe.kind, ' '} + probe.event + ' ') == 1);
        for (const std::string& event : tracepoints_of("6.1"))
            CHECK(count(script, '\n' + event + '\n') == 1);
    }
    TEST_CASE("the eras differ, and there is no script for none") {
        CHECK(recording_script("5.10.0", "5.10") != recording_script("5.10.0", "6.12"));
        CHECK_THROWS_AS(recording_script("2.6.32", "2.6"), std::out_of_range);
    }
}
