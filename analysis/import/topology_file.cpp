#include "analysis/import/topology_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include "analysis/import/child.hpp"
#include "analysis/import/hwloc.hpp"
#include "analysis/import/input_text.hpp"
#include "analysis/import/lscpu.hpp"
#include "analysis/import/lscpu_summary.hpp"
#include "analysis/import/numactl.hpp"
#include "analysis/import/words.hpp"
#include "models/config/errors.hpp"
#include "models/config/text.hpp"

namespace pcpsim {
namespace {

namespace fs = std::filesystem;

/// Deleted with all that is in it.
class TemporaryFolder {
public:
    TemporaryFolder() : path_{(fs::temp_directory_path() / "pcpsim-import-XXXXXX").string()} {
        if (mkdtemp(path_.data()) == nullptr)
            throw ScenarioError{path_ + ": expected a folder for temporary files, got none"};
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

bool is_archive(std::string_view text) {
    constexpr std::array<std::string_view, 4> magics{"\x1f\x8b", "BZh",
                                                     "\xfd"
                                                     "7zXZ",
                                                     "\x28\xb5\x2f\xfd"};
    for (const std::string_view magic : magics)
        if (text.starts_with(magic)) return true;
    return text.size() >= 262 && text.substr(257, 5) == "ustar";
}

/// The value of an attribute within a tag.
std::optional<std::string_view> attribute(std::string_view tag, std::string_view name) {
    const std::size_t at = tag.find(fmt::format(" {}=", name));
    if (at == std::string_view::npos || at + name.size() + 3 > tag.size()) return std::nullopt;
    const std::string_view value = tag.substr(at + name.size() + 2);
    const std::size_t end = value.find(value.front(), 1);
    if (end == std::string_view::npos) return std::nullopt;
    return value.substr(1, end - 1);
}

/// "1.0" if it says none, as hwloc up to 1.11 wrote it.
std::string_view xml_version(const std::string& file, std::string_view text) {
    const std::size_t begin = text.find("<topology");
    if (begin == std::string_view::npos)
        throw ScenarioError{file + ": expected hwloc XML, got XML without <topology>"};
    const std::string_view tag = text.substr(begin, text.find('>', begin) - begin);
    return attribute(tag, "version").value_or("1.0");
}

void check_xml(const std::string& file, std::string_view text) {
    const std::string_view version = xml_version(file, text);
    if (!version.starts_with("1.") && !version.starts_with("2."))
        throw ScenarioError{
            fmt::format("{}: expected hwloc XML of version 1 or 2, got version {}; hwloc 3 writes "
                        "it with lstopo "
                        "--export-xml-flags v2",
                        file, echo(version))};
}

/// The folder that has sys/ in it: this one, or the only one within.
std::string root_of(const std::string& file, const fs::path& folder) {
    const auto is_root = [](const fs::path& path) {
        std::error_code ignored;
        return fs::is_directory(path / "sys" / "devices" / "system", ignored);
    };
    if (is_root(folder)) return folder.string();
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator{folder, ignored})
        if (is_root(entry.path())) return entry.path().string();
    throw ScenarioError{file +
                        ": expected sys/devices/system in it, as hwloc-gather-topology "
                        "collects it, got none"};
}

FoundMachine from_child(const std::string& file, const std::string& tool,
                        const std::function<std::string()>& work) {
    std::string message;
    try {
        message = in_child("libhwloc", work);
    } catch (const ScenarioError& error) {
        throw ScenarioError{file + ": " + error.what()};
    }
    FoundMachine machine = machine_of_message(file, message);
    machine.tool = tool;
    return machine;
}

FoundMachine read_tree(const std::string& file, const std::string& folder) {
    const std::string root = root_of(file, folder);
    return from_child(file, "sysfs, read by libhwloc", [&] { return message_about_tree(root); });
}

FoundMachine read_archive(const std::string& file) {
    const TemporaryFolder folder;
    try {
        in_child("tar", [&]() -> std::string {
            become({"tar", "--extract", "--no-same-owner", "--no-same-permissions",
                    "--directory=" + folder.path(), "--file=" + file, "--force-local"});
        });
    } catch (const ScenarioError& error) {
        throw ScenarioError{file + ": expected an archive that tar reads: " + error.what()};
    }
    return read_tree(file, folder.path());
}

/// Whether the first line has a column of CPUs, as lscpu -e prints, or it is lscpu -p that begins.
bool names_cpus(std::string_view text) {
    if (text.starts_with("# The following is the parsable format")) return true;
    std::string_view first = take_line(text);
    const std::vector<std::string_view> columns = words(first);
    return first.starts_with("# CPU,") ||
           std::find(columns.begin(), columns.end(), "CPU") != columns.end();
}

}  // namespace

TopologyFormat format_of(const std::string& file, std::string_view text) {
    if (is_archive(text)) return TopologyFormat::archive;
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    const std::string_view head = begin == std::string_view::npos ? "" : text.substr(begin);
    if (head.starts_with('<')) {
        check_xml(file, head);
        return TopologyFormat::xml;
    }
    if (head.starts_with('{')) return TopologyFormat::lscpu_json;
    if (head.starts_with("available:") || head.starts_with("node ")) return TopologyFormat::numactl;
    if (head.starts_with("Architecture:")) return TopologyFormat::lscpu_summary;
    if (names_cpus(head)) return TopologyFormat::lscpu_table;
    const bool is_zoneinfo = head.starts_with("Node ");
    throw ScenarioError{fmt::format(
        "{}: expected hwloc XML, an archive of hwloc-gather-topology, numactl --hardware or lscpu, "
        "with -e, -p or -J or as it is, got {}{}",
        file, head.empty() ? "nothing" : echo(head.substr(0, head.find('\n'))),
        is_zoneinfo ? "; is it for pcpsim import zoneinfo?" : "")};
}

FoundMachine read_topology_file(const std::string& path) {
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) return read_tree(path, path);
    const std::string text = read_input(path);
    switch (format_of(path, text)) {
        case TopologyFormat::archive:
            return read_archive(path);
        case TopologyFormat::numactl:
            return read_numactl(path, text);
        case TopologyFormat::lscpu_table:
            return read_lscpu_table(path, text);
        case TopologyFormat::lscpu_json:
            return read_lscpu_json(path, text);
        case TopologyFormat::lscpu_summary:
            return read_lscpu_summary(path, text);
        default:
            return from_child(path, fmt::format("hwloc XML {}", xml_version(path, text)),
                              [&] { return message_about_xml(text); });
    }
}

FoundMachine read_host_topology() {
    return from_child("this host", "read by libhwloc", message_about_host);
}

}  // namespace pcpsim
