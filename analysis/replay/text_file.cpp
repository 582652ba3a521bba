#include "analysis/replay/text_file.hpp"

#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "models/config/errors.hpp"

namespace pcpsim {
namespace {

// Large enough that a line which crosses its end costs nothing, small enough for a cache.
constexpr std::size_t buffer_size = std::size_t{1} << 18;

gzFile stream(void* file) { return static_cast<gzFile>(file); }

}  // namespace

void TextFile::Close::operator()(void* file) const { gzclose_r(stream(file)); }

TextFile::TextFile(const std::string& path, std::size_t longest)
    : path_{path}, longest_{longest}, file_{}, buffer_(buffer_size) {
    if (std::filesystem::is_directory(path))
        throw ScenarioError{path + ": expected a recording, got a directory"};
    // Reads what is not gzip as it is.
    file_.reset(gzopen(path.c_str(), "rb"));
    if (!file_) throw ScenarioError{path + ": expected a recording, got " + std::strerror(errno)};
    // With at most half of what is asked for, zlib does not copy it once more.
    gzbuffer(stream(file_.get()), buffer_size / 4);
}

bool TextFile::fill() {
    if (at_end_) return false;
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) buffer_.resize(2 * end_);  // a long line
    const int got = gzread(stream(file_.get()), buffer_.data() + end_,
                           static_cast<unsigned>(buffer_.size() - end_));
    int error = Z_OK;
    const char* message = gzerror(stream(file_.get()), &error);
    if (error != Z_OK) damage_ = error == Z_ERRNO ? std::strerror(errno) : message;
    if (got <= 0) {
        at_end_ = true;
        return false;
    }
    end_ += static_cast<std::size_t>(got);
    return true;
}

bool TextFile::next_after_more(std::string_view& line) {
    for (std::size_t looked_at = 0;;) {
        if (const char* line_break = find_line_break(looked_at)) {
            if (take(line, line_break)) return true;
            looked_at = 0;
            continue;
        }
        const std::size_t available = end_ - begin_;
        if (available > longest_) {
            skip_oversized();
            looked_at = 0;
            continue;
        }
        looked_at = available;
        if (fill()) continue;
        if (begin_ != end_) ++lines_, ++left_out_;
        begin_ = end_;
        return false;
    }
}

void TextFile::skip_oversized() {
    if (lines_ == 0)
        throw ScenarioError{path_ + ": its first " + std::to_string(longest_) +
                            " bytes have no line break: this is no text"};
    ++lines_;
    ++left_out_;
    do {
        if (const char* line_break = find_line_break(0)) {
            begin_ = static_cast<std::size_t>(line_break - buffer_.data()) + 1;
            return;
        }
        begin_ = end_;
    } while (fill());
}

}  // namespace pcpsim
