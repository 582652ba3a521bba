#pragma once
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "sim/check.hpp"

namespace pcpsim {

/// A folder of its own for the files of one test; it goes when the test ends.
class TemporaryFolder {
public:
    TemporaryFolder() : path_{(std::filesystem::temp_directory_path() / "pcpsim.XXXXXX").string()} {
        PCPSIM_CHECK(mkdtemp(path_.data()) != nullptr, "no temporary folder");
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    /// Returns the path of the written file.
    std::string write(const std::string& name, std::string_view text) const {
        std::ofstream{path_ + "/" + name, std::ios::binary} << text;
        return path_ + "/" + name;
    }

private:
    std::string path_;
};

}  // namespace pcpsim
