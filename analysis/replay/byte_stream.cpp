#include "analysis/replay/byte_stream.hpp"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "models/config/errors.hpp"

namespace pcpsim {
namespace {

constexpr std::size_t input_size = std::size_t{1} << 17;
/// libisal 2.30 reads some headers wrongly that come in two pieces. This is longer than any with
/// less than a page of names and comments.
constexpr std::size_t longest_header = input_size / 2 + 4096;

const char* message(int error) {
    switch (error) {
        case ISAL_INVALID_WRAPPER:
        case ISAL_UNSUPPORTED_METHOD:
            return "expected gzip data, got something else";
        case ISAL_INCORRECT_CHECKSUM:
            return "incorrect data check";
        default:
            return "invalid compressed data";
    }
}

}  // namespace

void ByteStream::Close::operator()(std::FILE* file) const { std::fclose(file); }
void ByteStream::Close::operator()(inflate_state* gzip) const { delete gzip; }

ByteStream::ByteStream(const std::string& path) : input_(input_size) {
    if (std::filesystem::is_directory(path))
        throw ScenarioError{path + ": expected a recording, got a directory"};
    file_.reset(std::fopen(path.c_str(), "rb"));
    if (!file_) throw ScenarioError{path + ": expected a recording, got " + std::strerror(errno)};
    refill();
    if (end_ < 2 || input_[0] != 0x1f || input_[1] != 0x8b) return;
    gzip_.reset(new inflate_state);
    isal_inflate_init(gzip_.get());
    gzip_->crc_flag = ISAL_GZIP;
}

std::size_t ByteStream::read(char* to, std::size_t most) {
    if (!damage_.empty()) return 0;
    return gzip_ ? inflate(to, most) : copy(to, most);
}

std::size_t ByteStream::read_file(void* to, std::size_t most) {
    const std::size_t got = std::fread(to, 1, most, file_.get());
    if (got == 0 && std::ferror(file_.get()) != 0) damage_ = std::strerror(errno);
    return got;
}

/// Moves what is left to the front, and reads more behind it.
bool ByteStream::refill() {
    std::memmove(input_.data(), input_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
    end_ += read_file(input_.data() + end_, input_.size() - end_);
    return end_ > 0;
}

std::size_t ByteStream::copy(char* to, std::size_t most) {
    if (begin_ == end_) return read_file(to, most);
    const std::size_t size = std::min(most, end_ - begin_);
    std::memcpy(to, input_.data() + begin_, size);
    begin_ += size;
    return size;
}

/// One member of the file after the other.
std::size_t ByteStream::inflate(char* to, std::size_t most) {
    gzip_->next_out = reinterpret_cast<std::uint8_t*>(to);
    gzip_->avail_out = static_cast<std::uint32_t>(std::min(most, std::size_t{1} << 30));
    const std::uint8_t* const start = gzip_->next_out;
    for (bool at_end = false; gzip_->next_out == start;) {
        const bool is_whole = gzip_->block_state == ISAL_BLOCK_FINISH;
        if (end_ - begin_ < (is_whole ? longest_header : 1) && !refill()) {
            if (is_whole) break;
            // What the decompressor has kept is still to come.
            if (std::exchange(at_end, true)) {
                if (damage_.empty()) damage_ = "unexpected end of file";
                break;
            }
        }
        if (is_whole) isal_inflate_reset(gzip_.get());
        gzip_->next_in = input_.data() + begin_;
        gzip_->avail_in = static_cast<std::uint32_t>(end_ - begin_);
        const int result = isal_inflate(gzip_.get());
        begin_ = end_ - gzip_->avail_in;
        if (result < 0 || result == ISAL_NEED_DICT) {
            damage_ = message(result);
            break;
        }
    }
    return static_cast<std::size_t>(gzip_->next_out - start);
}

}  // namespace pcpsim
