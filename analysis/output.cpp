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

/// Devices and pipes are not replaced but written to.
bool is_replaced(const std::string& path) {
    std::error_code ignored;
    return !fs::exists(path, ignored) || fs::is_regular_file(path, ignored);
}

/// A link keeps pointing to the file that is replaced.
fs::path target_of(const std::string& path) { return fs::weakly_canonical(fs::absolute(path)); }

}  // namespace

void write_stdout(const std::string& text) {
    if (!write_and_flush(stdout, text)) fail("standard output");
}

void expect_writable(const std::string& path) {
    const std::string place = is_replaced(path) ? target_of(path).parent_path().string() : path;
    if (::access(place.c_str(), W_OK) != 0) fail(path);
}

void write_file(const std::string& path, const std::string& text) {
    if (!is_replaced(path)) return write_directly(path, text, path);
    const fs::path target = target_of(path);
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
