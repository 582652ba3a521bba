#pragma once
// Results leave the program whole or with an error.
#include <stdexcept>
#include <string>

namespace pcpsim {

/// The environment's fault, such as a full disk or a closed pipe: exit status 2.
class OutputError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// SIGPIPE must be ignored, so that a closed pipe is an OutputError.
void write_stdout(const std::string& text);

/// Throws if write_file() could not even begin: better before the runs than after.
void expect_writable(const std::string& path);

/// A file is replaced in one step, once its new content is complete; a device or pipe is written
/// to.
void write_file(const std::string& path, const std::string& text);

}  // namespace pcpsim
