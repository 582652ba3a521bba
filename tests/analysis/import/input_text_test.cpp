#include "analysis/import/input_text.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/analysis/import/small_found.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace pcpsim;

TEST_SUITE("analysis/import/input_text") {
    TEST_CASE("a file is read whole; what is none, or too large, is refused by name") {
        const TemporaryFolder folder;
        const std::string path = folder.write("a", std::string{"x\0y", 3});
        CHECK(read_input(path) == std::string{"x\0y", 3});
        const auto complaint = [](const std::string& file) {
            return test::complaint([&] { read_input(file); });
        };
        CHECK(complaint(path + "b") ==
              path + "b: expected a readable file, got No such file or directory");
        CHECK(complaint("/") == "/: expected a readable file, got a directory");
        std::filesystem::resize_file(path, std::uintmax_t{64} << 20);
        CHECK(read_input(path).size() == std::size_t{64} << 20);
        std::filesystem::resize_file(path, (std::uintmax_t{64} << 20) + 1);
        CHECK(complaint(path) == path + ": expected a readable file, got more than 64MiB");
    }
}
