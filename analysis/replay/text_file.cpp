#include "analysis/replay/text_file.hpp"

#include <cstring>

#include "models/config/errors.hpp"

namespace pcpsim {
namespace {

// Large enough that a line which crosses its end costs nothing, small enough for a cache.
constexpr std::size_t buffer_size = std::size_t{1} << 18;

}  // namespace

TextFile::TextFile(const std::string& path, std::size_t longest)
    : path_{path}, longest_{longest}, bytes_{path}, buffer_(buffer_size) {}

bool TextFile::fill() {
    if (at_end_) return false;
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    if (end_ == buffer_.size()) buffer_.resize(2 * end_);  // a long line
    const std::size_t got = bytes_.read(buffer_.data() + end_, buffer_.size() - end_);
    end_ += got;
    at_end_ = got == 0;
    return !at_end_;
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
