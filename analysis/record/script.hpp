#pragma once
// The shell script that records a running kernel.
#include <string>
#include <string_view>

namespace pcpsim {

/// A POSIX shell script, to be run as root on a machine that runs `release` ("6.1.0-56-amd64"),
/// whose era is `era`. It makes NAME.trace.gz and NAME.meta.json for `pcpsim replay` and undoes
/// what it set. Throws std::out_of_range if there is no such era.
std::string recording_script(std::string_view release, std::string_view era);

}  // namespace pcpsim
