#include "analysis/import/input_text.hpp"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "models/config/errors.hpp"

namespace pcpsim {

std::string read_input(const std::string& path) {
    constexpr std::size_t limit = std::size_t{64} << 20;
    const auto refuse = [&](const std::string& got) {
        throw ScenarioError{path + ": expected a readable file, got " + got};
    };
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) refuse("a directory");
    std::ifstream file{path, std::ios::binary};
    if (!file) refuse(std::generic_category().message(errno));
    std::string text;
    std::array<char, 65536> part{};
    while (file.read(part.data(), part.size()) || file.gcount() > 0) {
        text.append(part.data(), static_cast<std::size_t>(file.gcount()));
        if (text.size() > limit) refuse("more than 64MiB");
    }
    if (file.bad()) refuse("a read error");
    return text;
}

}  // namespace pcpsim
