// Goal: a model is found by name and made with its parameters. Method: two models of a toy
// interface, registered as the real ones are.
#include "models/config/registry.hpp"

#include <doctest/doctest.h>

#include "models/config/json.hpp"

using namespace pcpsim;

namespace {
class Toy {
public:
    using Environment = std::string;
    using Setting = int;
    virtual ~Toy() = default;
    [[nodiscard]] virtual std::string play() const = 0;
};

class Drum final : public Toy {
public:
    struct Params {
        Duration beat = 500_ms;
        static constexpr auto fields() {
            return std::tuple{field("beat", &Params::beat, "time between two strokes")};
        }
    };
    Drum(std::string& owner, Params params) : owner_{owner}, params_{params} {}
    [[nodiscard]] std::string play() const override {
        return owner_ + " every " + to_string(params_.beat);
    }

private:
    std::string& owner_;
    Params params_;
};
const Register<Toy, Drum> drum{"drum", "a stroke at every beat"};

class Bells final : public Toy {
public:
    struct Params {
        std::vector<std::int64_t> counts = {1, 2, 9};
        static constexpr auto fields() {
            return std::tuple{field("counts", &Params::counts, "bells rung together")};
        }
    };
    Bells(std::string&, Params params) : params_{std::move(params)} {}
    static std::vector<Params> points(const Params& params, const int& most) {
        std::vector<Params> each;
        for (const std::int64_t count : params.counts)
            if (count <= most) each.push_back(Params{.counts = {count}});
        return each;
    }
    [[nodiscard]] std::string play() const override {
        return std::to_string(params_.counts.size());
    }

private:
    Params params_;
};
const Register<Toy, Bells> bells{"bells", "several at once"};

Choice<Toy> chosen(std::string text) {
    Errors errors;
    const Node node = parse_json(Source{"a.json", std::move(text)}, errors);
    auto choice = read_choice<Toy>(node, errors);
    errors.throw_if_any();
    return *choice;
}
}  // namespace

TEST_SUITE("models/config/registry") {
    TEST_CASE("a choice makes its model with the parameters of the scenario") {
        std::string owner = "Ann";
        const Choice<Toy> choice = chosen(R"({"model": "drum", "params": {"beat": "2s"}})");
        CHECK(choice.make(owner)->play() == "Ann every 2s");
        CHECK(choice.model() == "drum");
        CHECK(choice.label() == "drum");
        CHECK(choice.effective_params() == R"({"beat":"2s"})");
    }
    TEST_CASE("parameters and label may be left out") {
        CHECK(chosen(R"({"model": "drum"})").effective_params() == R"({"beat":"500ms"})");
        CHECK(chosen(R"({"model": "drum", "label": "slow"})").label() == "slow");
    }
    TEST_CASE("an entry stands for one run unless its model expands it") {
        const auto alone = chosen(R"({"model": "drum"})").points(5);
        REQUIRE(alone.size() == 1);
        CHECK(alone[0].effective_params() == R"({"beat":"500ms"})");
        const auto ladder = chosen(R"({"model": "bells", "label": "b"})").points(5);
        REQUIRE(ladder.size() == 2);
        CHECK(ladder[1].effective_params() == R"({"counts":[2]})");
        CHECK(ladder[1].label() == "b");
    }
    TEST_CASE("an unknown model names the known ones, sorted") {
        CHECK_THROWS_WITH_AS(chosen(R"({"model": "bell"})"),
                             "a.json:1:11: /model: expected one of bells, drum, got \"bell\" (did "
                             "you mean \"bells\"?)",
                             ScenarioError);
        CHECK_THROWS_WITH_AS(chosen(R"({"model": 3})"),
                             "a.json:1:11: /model: expected one of bells, drum, got 3",
                             ScenarioError);
        CHECK_THROWS_WITH_AS(chosen("{}"),
                             "a.json:1:1: /: expected key \"model\" (one of bells, drum), got none",
                             ScenarioError);
    }
    TEST_CASE("mistakes in the entry and in the parameters are all reported") {
        CHECK_THROWS_WITH_AS(
            chosen(R"({"model": "drum", "parms": {}, "params": {"beat": 2}, "label": 1})"),
            "a.json:1:19: /parms: expected one of model, params, label, got \"parms\" (did you "
            "mean \"params\"?)\n"
            "a.json:1:51: /params/beat: expected a duration with a unit, such as \"14ns\", got 2\n"
            "a.json:1:64: /label: expected a string, got 1",
            ScenarioError);
    }
    TEST_CASE("the listing is sorted by name") {
        const std::vector<ModelInfo> models = list_models<Toy>();
        REQUIRE(models.size() == 2);
        CHECK(models[0].name == "bells");
        CHECK(models[1].name == "drum");
        CHECK(models[1].sentence == "a stroke at every beat");
        CHECK(models[1].fields[0].help == "time between two strokes");
    }
    TEST_CASE("two models cannot share a name") {
        CHECK_THROWS_AS((Register<Toy, Drum>{"drum", "again"}), BrokenLaw);
    }
}
