#pragma once
// The bytes of a file, decompressed on the way if it is gzip.
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

struct inflate_state;  // of libisal, which takes a third of the time that zlib does

namespace pcpsim {

class ByteStream {
public:
    /// Throws a ScenarioError if there is no such file.
    explicit ByteStream(const std::string& path);

    /// As many as there are, up to the limit; 0 at the end only.
    std::size_t read(char* to, std::size_t most);
    /// What is wrong with the data where they ended, such as a truncated gzip file; or empty.
    [[nodiscard]] const std::string& damage() const { return damage_; }

private:
    struct Close {
        void operator()(std::FILE* file) const;
        void operator()(inflate_state* gzip) const;
    };
    std::size_t read_file(void* to, std::size_t most);
    bool refill();
    std::size_t copy(char* to, std::size_t most);
    std::size_t inflate(char* to, std::size_t most);

    std::unique_ptr<std::FILE, Close> file_;
    std::vector<std::uint8_t> input_;
    /// What of the input is not yet read. Of a file that is not gzip only its beginning comes here.
    std::size_t begin_ = 0, end_ = 0;
    std::unique_ptr<inflate_state, Close> gzip_;  ///< null if it is none
    std::string damage_;
};

}  // namespace pcpsim
