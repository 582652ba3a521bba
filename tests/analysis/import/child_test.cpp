// Goal: nothing that happens in a child reaches us but as a sentence. Method: children that crash,
// hang, chatter, refuse and exit.
#include "analysis/import/child.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>

#include "tests/analysis/import/small_found.hpp"

using namespace pcpsim;

namespace {
std::string complaint_of(const std::function<std::string()>& work, const ChildLimits& limits = {}) {
    return test::complaint([&] { in_child("it", work, limits); });
}
}  // namespace

TEST_SUITE("analysis/import/child") {
    TEST_CASE("the answer arrives whole, however long") {
        const std::string text(1 << 20, 'x');
        CHECK(in_child("it", [&] { return text; }) == text);
        CHECK(in_child("it", [] { return std::string{}; }).empty());
    }
    TEST_CASE("what the work throws is thrown here") {
        CHECK(complaint_of([]() -> std::string { throw std::runtime_error{"no"}; }) == "no");
    }
    TEST_CASE("a crash, an exit and silence are told apart") {
        CHECK(complaint_of([]() -> std::string {
                  std::signal(SIGTERM, SIG_DFL);
                  raise(SIGTERM);
                  return {};
              }) == "it crashed: Terminated");
        CHECK(complaint_of([]() -> std::string { _exit(7); }) == "it ended with status 7");
        CHECK(complaint_of([]() -> std::string { return pause(), ""; },
                           {.time = std::chrono::seconds{1}}) == "it did not end within 1 s");
        CHECK(complaint_of([] { return std::string(11, 'x'); }, {.answer = 10}) ==
              "it answers with more than 10 bytes");
    }
    TEST_CASE("another program runs in its place, or is missing") {
        CHECK(in_child("true", []() -> std::string { become({"true"}); }).empty());
        CHECK(complaint_of([]() -> std::string { become({"false"}); }) == "it ended with status 1");
        CHECK(complaint_of([]() -> std::string { become({"/no/such/program"}); }) ==
              "/no/such/program: No such file or directory");
    }
}
