#pragma once
// A text file line by line, plain or gzip, in constant memory.
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/replay/byte_stream.hpp"

namespace pcpsim {

class TextFile {
public:
    static constexpr std::size_t longest_line = std::size_t{1} << 16;

    /// Throws a ScenarioError. `longest` is the limit for a line.
    explicit TextFile(const std::string& path, std::size_t longest = longest_line);

    /// The next line without its line break; valid until the next call. False at the end. A line
    /// longer than the limit is left out, and so is the last one if it has no line break: it is
    /// cut, perhaps within a number. Throws a ScenarioError if the file begins with something that
    /// is no text.
    bool next(std::string_view& line) {
        const char* line_break = find_line_break(0);
        return (line_break != nullptr && take(line, line_break)) || next_after_more(line);
    }

    /// Lines so far, those that were left out among them.
    [[nodiscard]] std::int64_t lines() const { return lines_; }
    [[nodiscard]] std::int64_t left_out() const { return left_out_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// What is wrong with the data where reading stopped, such as a truncated gzip file; or empty.
    [[nodiscard]] const std::string& damage() const { return bytes_.damage(); }

private:
    /// Behind so many characters of what is not yet read, or null.
    [[nodiscard]] const char* find_line_break(std::size_t looked_at) const {
        return static_cast<const char*>(
            std::memchr(buffer_.data() + begin_ + looked_at, '\n', end_ - begin_ - looked_at));
    }
    /// False if the line is too long.
    bool take(std::string_view& line, const char* line_break) {
        line = {buffer_.data() + begin_, line_break};
        begin_ += line.size() + 1;
        ++lines_;
        if (line.size() <= longest_) return true;
        ++left_out_;
        return false;
    }
    bool next_after_more(std::string_view& line);
    bool fill();
    void skip_oversized();

    std::string path_;
    std::size_t longest_;
    ByteStream bytes_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;  ///< what of the buffer is not yet read
    std::int64_t lines_ = 0, left_out_ = 0;
    bool at_end_ = false;
};

}  // namespace pcpsim
