#pragma once
// Runs what may crash, hang or eat memory in a process of its own.
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace pcpsim {

struct ChildLimits {
    std::chrono::seconds time{20};
    std::uint64_t memory = std::uint64_t{2} << 30;     ///< bytes of address space
    std::uint64_t file_size = std::uint64_t{1} << 24;  ///< bytes of each file written
    std::size_t answer = std::size_t{1} << 26;         ///< bytes
};

/// What `work` returns. Throws a ScenarioError: with the text of any exception of the work, or if
/// the child crashed, ended by itself, or passed a limit, with `who` as the subject of the
/// sentence. What the child prints is lost. The parent's locks are not to be held by other threads.
std::string in_child(const std::string& who, const std::function<std::string()>& work,
                     const ChildLimits& limits = {});

/// Becomes another program, found along PATH: for the work of a child. Throws if that fails.
[[noreturn]] void become(const std::vector<std::string>& words);

}  // namespace pcpsim
