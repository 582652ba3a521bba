#include "analysis/replay/byte_stream.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "models/config/errors.hpp"
#include "tests/models/mm/random.hpp"
#include "tests/support/compressed.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

struct Read {
    std::string bytes, damage;
};

Read read_all(const std::string& bytes, std::size_t at_once = 1 << 18) {
    const TemporaryFolder folder;
    ByteStream stream{folder.write("file", bytes)};
    Read all;
    std::string some(at_once, '\0');
    while (const std::size_t got = stream.read(some.data(), some.size()))
        all.bytes.append(some, 0, got);
    all.damage = stream.damage();
    return all;
}

/// Neither too easy nor too hard to compress.
std::string text(int lines) {
    test::Random random{1};
    std::string text;
    for (int i = 0; i < lines; ++i) text += std::to_string(random.below(10'000)) + " of many\n";
    return text;
}

}  // namespace

TEST_SUITE("analysis/replay/byte_stream") {
    TEST_CASE("all bytes come, however the file keeps them and however many are asked for") {
        for (const int lines : {0, 1, 50'000}) {
            const std::string whole = text(lines);
            for (const std::size_t at_once : std::vector<std::size_t>{1, 7, 40'000, 1 << 18}) {
                if (lines > 1 && at_once == 1) continue;  // takes long
                CHECK(read_all(whole, at_once).bytes == whole);
                for (const int level : {0, 1, 9}) {
                    const Read read = read_all(compressed(whole, level, "a name"), at_once);
                    CHECK(read.bytes == whole);
                    CHECK(read.damage == "");
                }
            }
        }
    }
    TEST_CASE("members of a gzip file follow one another wherever they end") {
        // Headers and ends come to lie across the borders between two reads of the file.
        std::string file, whole;
        for (int i = 0; i < 3'000; ++i) {
            const std::string member = text(i % 5);
            file += compressed(member, 6, std::string(static_cast<std::size_t>(i % 37), 'n'));
            whole += member;
        }
        const Read read = read_all(file);
        CHECK(read.bytes == whole);
        CHECK(read.damage == "");
    }
    TEST_CASE("what is too short for gzip is plain") {
        CHECK(read_all("\x1f").bytes == "\x1f");
        CHECK(read_all("\x1f\n").bytes == "\x1f\n");
    }
    TEST_CASE("a gzip file that ends too early gives what it has, wherever it is cut") {
        const std::string whole = text(2'000);
        const std::string file = compressed(whole, 6, "name");
        for (std::size_t size = 2; size < file.size(); size += size < 40 ? 1 : 97) {
            const Read read = read_all(file.substr(0, size));
            CHECK(read.damage == "unexpected end of file");
            CHECK(whole.starts_with(read.bytes));
        }
        const Read read = read_all(file.substr(0, file.size() - 1));
        CHECK(read.damage == "unexpected end of file");
        CHECK(read.bytes == whole);
    }
    TEST_CASE("what does not match its checksum is told") {
        std::string file = compressed(text(100));
        file[file.size() - 5] ^= 1;
        CHECK(read_all(file).damage == "incorrect data check");
    }
    TEST_CASE("something else behind gzip data is told") {
        const Read read = read_all(compressed("a\n") + "and plain text");
        CHECK(read.bytes == "a\n");
        CHECK(read.damage == "expected gzip data, got something else");
    }
    TEST_CASE("however a gzip file was changed, reading it comes to an end") {
        const std::string file = compressed(text(200), 6, "name") + compressed(text(3));
        test::Random random{1};
        int damaged = 0;
        for (int i = 0; i < 300; ++i) {
            std::string changed = file;
            for (int changes = 0; changes <= i % 3; ++changes)
                changed[static_cast<std::size_t>(random.below(std::ssize(file) - 3)) + 3] =
                    static_cast<char>(random.below(256));
            damaged += read_all(changed).damage.empty() ? 0 : 1;
        }
        CHECK(damaged > 250);  // the others had changes of a name or a time only
    }
    TEST_CASE("a file that cannot be read is named") {
        CHECK_THROWS_WITH_AS(ByteStream{"/nonexistent/x"},
                             "/nonexistent/x: expected a recording, got No such file or directory",
                             ScenarioError);
        CHECK_THROWS_WITH_AS(ByteStream{"/"}, "/: expected a recording, got a directory",
                             ScenarioError);
    }
}
