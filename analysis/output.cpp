#include "analysis/output.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

namespace pcpsim {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& where) {
    throw OutputError{"cannot write " + where + ": " + std::strerror(errno)};
}

bool write_and_flush(std::FILE* file, const std::string& text) {
    return std::fwrite(text.data(), 1, text.size(), file) == text.size() && std::fflush(file) == 0;
}

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

void write_directly(const std::string& path, const std::string& text, const std::string& where) {
    const std::unique_ptr<std::FILE, Close> file{std::fopen(path.c_str(), "w")};
    if (!file || !write_and_flush(file.get(), text)) fail(where);
}

}  // namespace

void write_stdout(const std::string& text) {
    if (!write_and_flush(stdout, text)) fail("standard output");
}

void write_file(const std::string& path, const std::string& text) {
    std::error_code ignored;
    if (fs::exists(path, ignored) && !fs::is_regular_file(path, ignored))
        return write_directly(path, text, path);

    // A link keeps pointing to the file that is replaced.
    const fs::path target = fs::weakly_canonical(path, ignored);
    const std::string temporary = target.string() + ".new-" + std::to_string(::getpid());
    try {
        write_directly(temporary, text, path);
        if (std::rename(temporary.c_str(), target.c_str()) != 0) fail(path);
    } catch (const OutputError&) {
        std::remove(temporary.c_str());
        throw;
    }
}

}  // namespace pcpsim
