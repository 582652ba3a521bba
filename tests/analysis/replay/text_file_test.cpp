#include "analysis/replay/text_file.hpp"

#include <doctest/doctest.h>

#include <fstream>

#include "models/config/errors.hpp"
#include "tests/support/compressed.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

namespace {

struct Read {
    std::vector<std::string> lines;
    std::int64_t left_out = 0;
    std::string damage;
};

Read read_all(const std::string& bytes) {
    const TemporaryFolder folder;
    const std::string path = folder.write("file", bytes);
    TextFile file{path};
    Read read;
    for (std::string_view line; file.next(line);) read.lines.emplace_back(line);
    read.left_out = file.left_out();
    read.damage = file.damage();
    CHECK(file.lines() == std::ssize(read.lines) + read.left_out);
    return read;
}

}  // namespace

TEST_SUITE("analysis/replay/text_file") {
    TEST_CASE("plain and gzip read the same") {
        const std::vector<std::string> lines{"a", "", "bc"};
        CHECK(read_all("a\n\nbc\n").lines == lines);
        CHECK(read_all(compressed("a\n\nbc\n")).lines == lines);
        CHECK(read_all("").lines.empty());
    }
    TEST_CASE("a last line without line break is cut, left out and counted") {
        const Read read = read_all("pfn=123\npfn=1");
        CHECK(read.lines == std::vector<std::string>{"pfn=123"});
        CHECK(read.left_out == 1);
    }
    TEST_CASE("a line may lie across any number of reads") {
        std::string text;
        std::vector<std::string> lines;
        for (int i = 0; i < 40'000; ++i) {
            lines.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i % 41), 'x'));
            text += lines.back() + "\n";
        }
        CHECK(read_all(compressed(text)).lines == lines);
        CHECK(read_all(compressed(text) + compressed("last\n")).lines.back() == "last");
    }
    TEST_CASE("a truncated gzip file gives what it has, and says so") {
        std::string text;
        for (int i = 0; i < 10'000; ++i) text += std::to_string(i * 7919) + "\n";
        const std::string whole = compressed(text);
        const Read half = read_all(whole.substr(0, whole.size() / 2));
        CHECK(half.lines.size() > 1000);
        CHECK(half.lines.size() < 10'000);
        CHECK(half.lines[999] == std::to_string(999 * 7919));
        CHECK(half.damage != "");
        CHECK(read_all(whole).damage == "");
    }
    TEST_CASE("corrupt data ends the file, and is named") {
        std::string text;
        for (int i = 0; i < 10'000; ++i) text += std::to_string(i * 7919) + "\n";
        std::string bytes = compressed(text);
        for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 64; ++i) bytes[i] = '\xff';
        CHECK(read_all(bytes).damage != "");
    }
    TEST_CASE("a line beyond the limit is left out and counted") {
        const std::string longest(TextFile::longest_line, 'x');
        const Read read =
            read_all("a\n" + longest + "\n" + longest + "y\n" + std::string(1'000'000, 'z') +
                     "\nb\n" + std::string(1'000'000, 'z'));
        CHECK(read.lines == std::vector<std::string>{"a", longest, "b"});
        CHECK(read.left_out == 3);
    }
    TEST_CASE("a file that begins with no line at all is refused at once") {
        CHECK_THROWS_AS(read_all(std::string(1'000'000, '\0')), ScenarioError);
        CHECK_THROWS_AS(read_all(compressed(std::string(1'000'000, '\0'))), ScenarioError);
    }
    TEST_CASE("a file that is not there is named") {
        CHECK_THROWS_WITH_AS(TextFile{"/nonexistent/x"},
                             "/nonexistent/x: expected a recording, got No such file or directory",
                             ScenarioError);
    }
}
