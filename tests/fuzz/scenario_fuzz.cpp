// libFuzzer target: any bytes are a scenario or a machine, or are refused; what follows a NUL is a
// --set assignment. The only file that can be named is one that the target wrote itself, and
// recordings are not looked for, so no other file is opened.
#include <cstddef>
#include <string>
#include <string_view>

#include "models/config/json.hpp"
#include "models/config/option.hpp"
#include "models/config/scenario.hpp"
#include "models/machine/machine_file.hpp"
#include "sim/check.hpp"
#include "tests/support/temporary_folder.hpp"

namespace {

using namespace pcpsim;

constexpr const char* only_file = "machine.json";

/// A whole machine in one file, in a folder of its own.
std::string folder_of_machine() {
    static const TemporaryFolder folder;
    Errors errors;
    const std::string path = PCPSIM_SCENARIOS "/machines/guest-4cpu.json";
    const Machine machine = read_machine(read_json(path, errors), errors);
    const std::string written = folder.write(only_file, machine.effective_json);
    return written.substr(0, written.rfind('/'));
}

void name_only_file(Node& root) {
    for (const char* key : {"machine", "base"})
        if (Node* const name = root.find(key); name && name->kind == Node::Kind::string) {
            name->text = only_file;
            name->place = root.place;  // It may come from a --set.
            name->end = 0;
        }
}

bool is_machine(const Node& root) {
    return root.find("base") || root.find("topology") || root.find("costs");
}

/// What was read is written, and that reads as the same.
void read_again(const Machine& machine) {
    Errors errors;
    const Node json = parse_json(Source{"again", machine.effective_json}, errors);
    const Machine again = read_machine(json, errors);
    errors.throw_if_any();
    PCPSIM_CHECK(again.effective_json == machine.effective_json, "a machine reads as it is");
}

void read_any(std::string_view text) {
    static const std::string folder = folder_of_machine();
    std::size_t end = std::min(text.find('\0'), text.size());
    Errors errors;
    Node root = parse_json(Source{"f", std::string{text.substr(0, end)}, folder}, errors);
    while (end < text.size()) {
        text.remove_prefix(end + 1);
        end = std::min(text.find('\0'), text.size());
        apply_set(root, std::string{text.substr(0, end)}, errors);
    }
    name_only_file(root);
    if (is_machine(root)) {
        const Machine machine = read_machine(root, errors);
        errors.throw_if_any();
        return read_again(machine);
    }
    const Scenario scenario = read_scenario(root, errors);
    parse_json(Source{"again", to_json(scenario)}, errors);
    errors.throw_if_any();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    try {
        read_any(std::string_view{reinterpret_cast<const char*>(data), size});
    } catch (const ScenarioError&) {
        // Refused, with a reason.
    }
    return 0;
}
