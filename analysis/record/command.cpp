#include "analysis/record/command.hpp"

#include <algorithm>

#include "analysis/record/script.hpp"
#include "analysis/replay/recorded_kernel.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

/// As uname -r prints it; the script says it again to the shell.
bool is_plain(const std::string& release) {
    return release.size() <= 64 && std::ranges::all_of(release, [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view{"._+~-"}.find(c) != std::string_view::npos;
           });
}

Answer record(const Arguments& arguments) {
    const auto release = arguments.value("kernel-release");
    if (!release)
        throw UsageError{
            "--kernel-release: expected the release of the kernel to record, as "
            "uname -r prints it, got none"};
    const std::string era = era_of_release(*release);
    if (era.empty() || !is_plain(*release))
        throw UsageError{
            "--kernel-release: expected a release from 4.19 on, as uname -r prints "
            "it, got " +
            quote(*release)};
    return {.out = recording_script(*release, era)};
}

}  // namespace

Command record_command() {
    return {"record",
            "",
            "Prints a shell script that records the page allocator of a running kernel for replay.",
            {{"kernel-release", "R", "what uname -r prints there; required"}},
            {{"--kernel-release 6.1.0-56-amd64",
              "save what it prints, and run it as root: sh record.sh -d COMMAND"}},
            record};
}

}  // namespace pcpsim
