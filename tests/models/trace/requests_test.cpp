// Goal: a parameter names a recording relative to its own file, and a reader from above reads it.
#include "models/trace/requests.hpp"

#include <doctest/doctest.h>

#include "models/config/json.hpp"
#include "sim/check.hpp"

using namespace pcpsim;

namespace {

struct Reader final : RecordingReader {
    RecordedRequests read(const std::string& path) const override {
        if (path != "folder/a.trace") throw ScenarioError{path + ": no such thing"};
        RecordedRequests requests;
        requests.allocations = 3;
        requests.frees = 2;
        requests.fingerprint = 7;
        return requests;
    }
};

RecordingFile named(const std::string& json) {
    Errors errors;
    RecordingFile file;
    file = parse_json(Source{"folder/s.json", json, "folder"}, errors);
    return file;
}

std::string complaint(const std::string& json) {
    Errors errors;
    named(json).load(Reader{}, errors);
    try {
        errors.throw_if_any();
    } catch (const ScenarioError& error) {
        return error.what();
    }
    return {};
}

}  // namespace

TEST_SUITE("models/trace/requests") {
    TEST_CASE("a loaded file says what is in it, not where it lies") {
        RecordingFile file = named(R"("./a.trace")");
        CHECK(file.canonical() == R"("./a.trace")");
        CHECK_THROWS_AS(static_cast<void>(file.requests()), BrokenLaw);
        Errors errors;
        file.load(Reader{}, errors);
        CHECK(errors.empty());
        CHECK(file.requests().allocations == 3);
        CHECK(file.canonical() == R"("3 allocations and 2 frees, fingerprint 7")");
    }
    TEST_CASE("what cannot be read is complained about where it is named") {
        CHECK(complaint(R"("a.trace")").empty());
        CHECK(complaint(R"("b.trace")") ==
              R"(folder/s.json:1:1: /: expected a recording, got "b.trace" )"
              R"((folder/b.trace: no such thing))");
        CHECK(complaint("7") == "folder/s.json:1:1: /: expected the name of a recording, got 7");
    }
}
