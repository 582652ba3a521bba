#pragma once
// Topologies that libhwloc reads: XML as lstopo writes it, the files of a gathered sysfs, the host.
//
// libhwloc trusts its input more than we do, so it works in a child process, which sends what it
// found as text, a line per fact ("-" for what is not known), "end" last:
//
//     processor AMD EPYC 7742 64-Core Processor
//     architecture x86_64
//     page_size 4096
//     cache_size 16777216
//     left_out 0
//     node 0 274877906944            number, bytes of memory
//     cpu 0 0 0 0 0                  number, node, core, cache, socket
//     distances 10 32 32 10          from the first node in the order above, then the second ...
//     end
#include <string>
#include <string_view>

#include "analysis/import/found_machine.hpp"

namespace pcpsim {

/// The message about a topology, found by libhwloc in this very process. Throws a ScenarioError
/// without a file's name if libhwloc refuses the input; may also crash, hang or take much memory.
std::string message_about_xml(const std::string& xml);
/// Changes the environment. The folder has a sys/ in it.
std::string message_about_tree(const std::string& root);
/// This machine, as far as this process may use it.
std::string message_about_host();

/// Throws a ScenarioError that begins with the file's name if this is no whole message.
FoundMachine machine_of_message(const std::string& file, std::string_view message);

}  // namespace pcpsim
