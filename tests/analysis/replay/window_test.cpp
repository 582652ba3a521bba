#include "analysis/replay/window.hpp"

#include <doctest/doctest.h>

using namespace pcpsim;

namespace {

/// Records that count their lines.
class Counter final : public RecordStream {
public:
    explicit Counter(std::int64_t records) : left_{records} {}
    bool next(trace::Record& record) override {
        record.line = ++line_;
        return left_-- > 0;
    }

private:
    std::int64_t left_, line_ = 0;
};

}  // namespace

TEST_SUITE("analysis/replay/window") {
    TEST_CASE("every record is current once, in order") {
        Counter counter{3};
        Window window{counter};
        for (std::int64_t i = 0; i < 3; ++i) {
            REQUIRE(window.advance());
            CHECK(window.position() == i);
            CHECK(window.current().line == i + 1);
        }
        CHECK(!window.advance());
        CHECK(!window.advance());
    }
    TEST_CASE("what was looked at ahead comes later all the same") {
        Counter counter{10};
        Window window{counter};
        REQUIRE(window.advance());
        CHECK(window.sees(9));
        CHECK(!window.sees(10));
        CHECK(window.at(9).line == 10);
        std::int64_t records = 1;
        while (window.advance()) CHECK(window.current().line == ++records);
        CHECK(records == 10);
    }
    TEST_CASE("as much is in sight behind as ahead, whatever was looked at") {
        Counter counter{4 * Window::reach};
        Window window{counter};
        for (std::int64_t i = 0; i <= 2 * Window::reach; ++i) REQUIRE(window.advance());
        CHECK(window.sees(window.position() + Window::reach - 1));
        CHECK(!window.sees(window.position() + Window::reach));
        CHECK(window.oldest() <= window.position() - Window::reach + 1);
        CHECK(window.at(window.oldest()).line == window.oldest() + 1);
    }
    TEST_CASE("what is behind may be forgotten, and what is ahead is seen all the same") {
        Counter counter{4 * Window::reach};
        Window window{counter, Window::Behind::forgotten};
        for (std::int64_t i = 0; i < 3 * Window::reach; ++i) {
            REQUIRE(window.advance());
            REQUIRE(window.current().line == i + 1);
            if (i % 5000 != 0) continue;
            const std::int64_t ahead = i + i % 3000;
            REQUIRE(window.sees(ahead));
            REQUIRE(window.at(ahead).line == ahead + 1);
        }
        CHECK(window.oldest() > window.position() - 3000);
        CHECK(!window.go_to(0));
    }
    TEST_CASE("sight may be limited") {
        Counter counter{1000};
        Window window{counter};
        for (std::int64_t i = 0; i < 500; ++i) REQUIRE(window.advance());
        window.limit_sight(64);
        CHECK(!window.sees(window.position() + 64));
        CHECK(window.oldest() == window.position() - 64);
    }
}
