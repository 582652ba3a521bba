#pragma once
// A text as gzip writes it, by another library than the one that is tested.
#include <doctest/doctest.h>
#include <zlib.h>

#include <string>

namespace pcpsim {

/// Levels are zlib's, 0 to 9; 0 stores. With a name the header has it, and a checksum.
inline std::string compressed(const std::string& text, int level = 6, std::string name = {}) {
    z_stream stream{};
    REQUIRE(deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    gz_header header{};
    header.name = reinterpret_cast<Bytef*>(name.data());
    header.hcrc = 1;
    if (!name.empty()) REQUIRE(deflateSetHeader(&stream, &header) == Z_OK);
    std::string out(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

}  // namespace pcpsim
