// Goal: a generator runs just far enough for the next value. Method: a list of what it did.
#include "sim/generator.hpp"

#include <doctest/doctest.h>

#include <stdexcept>
#include <vector>

using namespace pcpsim;

namespace {

Generator<int> count(int from, int to, std::vector<int>& log) {
    for (int i = from; i < to; ++i) {
        log.push_back(i);
        co_yield i;
    }
}

Generator<int> nested(std::vector<int>& log) {
    co_yield count(0, 2, log);
    co_yield count(0, 0, log);
    co_yield 7;
    co_yield count(10, 11, log);
}

Generator<int> fails() {
    co_yield 1;
    throw std::runtime_error{"no more"};
}

std::vector<int> all(Generator<int> generator) {
    std::vector<int> values;
    while (const auto value = generator.next()) values.push_back(*value);
    return values;
}

}  // namespace

TEST_SUITE("sim/generator") {
    TEST_CASE("nothing happens before a value is asked for") {
        std::vector<int> log;
        Generator<int> three = count(0, 3, log);
        CHECK(log.empty());
        CHECK(three.next() == 0);
        CHECK(log == std::vector{0});
        CHECK(three.next() == 1);
        CHECK(three.next() == 2);
        CHECK(three.next() == std::nullopt);
        CHECK(three.next() == std::nullopt);
    }
    TEST_CASE("a generator that is yielded stands for all its values") {
        std::vector<int> log;
        CHECK(all(nested(log)) == std::vector{0, 1, 7, 10});
        CHECK(log == std::vector{0, 1, 10});
    }
    TEST_CASE("one that was never given a coroutine yields nothing") {
        CHECK(Generator<int>{}.next() == std::nullopt);
    }
    TEST_CASE("one that is moved to goes on where the other was") {
        std::vector<int> log;
        Generator<int> first = count(0, 3, log);
        first.next();
        Generator<int> second = count(5, 6, log);
        second = std::move(first);
        CHECK(second.next() == 1);
    }
    TEST_CASE("an error reaches whoever asks, and nothing follows it") {
        Generator<int> generator = fails();
        generator.next();
        CHECK_THROWS_WITH(generator.next(), "no more");
        CHECK(generator.next() == std::nullopt);
    }
}
