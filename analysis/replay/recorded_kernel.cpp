#include "analysis/replay/recorded_kernel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <sstream>

#include "models/config/errors.hpp"
#include "models/config/json.hpp"
#include "models/config/text.hpp"
#include "models/machine/cpu_set.hpp"

namespace pcpsim {
namespace {

/// The blank-separated words of a line, taken from the front.
class Words {
public:
    explicit Words(std::string_view text) : text_{text} {}

    std::string_view word() {
        const std::size_t begin = std::min(text_.find_first_not_of(' '), text_.size());
        const std::size_t end = std::min(text_.find(' ', begin), text_.size());
        const std::string_view found = text_.substr(begin, end - begin);
        text_.remove_prefix(end);
        return found;
    }
    bool skip(std::string_view expected) { return word() == expected; }
    bool number(std::int64_t& value, int base = 10) {
        const std::string_view digits = word();
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
        return error == std::errc{} && end == digits.data() + digits.size() && value >= 0;
    }
    bool address(std::uint64_t& value) {
        const std::string_view digits = word();
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
        return error == std::errc{} && end == digits.data() + digits.size();
    }

private:
    std::string_view text_;
};

constexpr std::int64_t most_pages = std::int64_t{1} << 40;
constexpr std::int64_t most_nodes = 1024;

/// "node 0 zone DMA32 zone_ptr ffff88807fd13600 start_pfn 4096 spanned 520160 present ...";
/// without its pointer where no drain or spill has named it.
bool read_zone(std::string_view text, RecordedZone& zone) {
    Words words{text};
    std::int64_t node = 0, start = 0, spanned = 0;
    if (!words.skip("node") || !words.number(node) || !words.skip("zone")) return false;
    zone.name = words.word();
    std::string_view word = words.word();
    if (word == "zone_ptr") {
        zone.pointer.emplace();
        if (!words.address(zone.pointer->value)) return false;
        word = words.word();
    }
    if (word != "start_pfn" || !words.number(start) || !words.skip("spanned") ||
        !words.number(spanned))
        return false;
    if (node >= most_nodes || start >= most_pages || spanned >= most_pages) return false;
    zone.node = NodeId{static_cast<std::uint32_t>(node)};
    zone.start = Pfn{start};
    zone.spanned = Pages{spanned};
    std::int64_t managed = 0;
    for (word = words.word(); !word.empty(); word = words.word())
        if (word == "managed" && words.number(managed) && managed <= spanned)
            zone.managed = Pages{managed};
    return true;
}

class MetaReader {
public:
    explicit MetaReader(const Node& meta) : meta_{meta} {}

    RecordedKernel read() {
        kernel_.file = meta_.place.source->name;
        if (meta_.kind != Node::Kind::object) {
            errors_.add(meta_, "an object that describes a recording");
            errors_.throw_if_any();
        }
        read_release();
        each_text("zones", true, [&](const Node& node) { add_zone(node); });
        std::ranges::stable_sort(kernel_.zones, {}, &RecordedZone::start);
        each_text("topology", false, [&](const Node& node) { add_cpus_of_node(node); });
        each_text("pcp_pointers", false, [&](const Node& node) { add_pointer(node); });
        each_text("boot_lines", false,
                  [&](const Node& node) { kernel_.boot_lines.push_back(node.text); });
        if (const Node* points = meta_.find("pagesets")) read_pagesets(*points);
        if (kernel_.cpus == 0 && errors_.empty())
            errors_.add_missing(meta_, "topology", "the CPUs of each node");
        errors_.throw_if_any();
        return std::move(kernel_);
    }

private:
    template <class Use>
    void each_text(std::string_view key, bool required, Use use) {
        const Node* list = meta_.find(key);
        if (list == nullptr) {
            if (required) errors_.add_missing(meta_, key, "what the recording machine has");
            return;
        }
        if (list->kind != Node::Kind::array || (required && list->elements.empty())) {
            errors_.add(*list, "a list of strings");
            return;
        }
        for (const Node& node : list->elements) {
            if (node.kind == Node::Kind::string)
                use(node);
            else
                errors_.add(node, "a string");
        }
    }

    /// uname -a: "Linux (none) 6.1.0-56-amd64 #1 ..."
    void read_release() {
        const Node* kernel = meta_.find("kernel");
        if (kernel == nullptr) return;
        if (kernel->kind != Node::Kind::string) return errors_.add(*kernel, "a string");
        Words words{kernel->text};
        words.word();
        words.word();
        kernel_.release = words.word();
    }

    void add_zone(const Node& node) {
        RecordedZone zone;
        if (read_zone(node.text, zone))
            kernel_.zones.push_back(zone);
        else
            errors_.add(node, "\"node N zone NAME [zone_ptr HEX] start_pfn N spanned N ...\"");
    }

    void has_cpu(CpuId cpu) { kernel_.cpus = std::max(kernel_.cpus, cpu.index() + 1); }

    /// "node0 cpus 0-3 distance 10 21"
    void add_cpus_of_node(const Node& node) {
        Words words{node.text};
        std::string_view name = words.word();
        std::int64_t number = 0;
        const bool named = name.starts_with("node");
        if (named) name.remove_prefix(4);
        if (!named || !Words{name}.number(number) || number >= most_nodes || !words.skip("cpus"))
            return errors_.add(node, "\"nodeN cpus LIST distance N...\"");
        const std::string_view list = words.word();
        if (list == "distance") return;
        const std::optional<CpuSet> cpus = CpuSet::parse(list);
        if (!cpus) return errors_.add(node, "a CPU list behind \"cpus\"");
        for (const CpuId cpu : *cpus) {
            has_cpu(cpu);
            kernel_.nodes[cpu] = NodeId{static_cast<std::uint32_t>(number)};
        }
    }

    [[nodiscard]] std::optional<std::size_t> zone_index(NodeId node, std::string_view name) const {
        for (std::size_t i = 0; i < kernel_.zones.size(); ++i)
            if (kernel_.zones[i].node == node && kernel_.zones[i].name == name) return i;
        return std::nullopt;
    }

    /// "pcp node 0 zone DMA32 cpu 0 pcp_ptr ffff88807da39340", "vmemmap ffffea0000000000"
    void add_pointer(const Node& node) {
        Words words{node.text};
        const std::string_view what = words.word();
        std::uint64_t address = 0;
        if (what == "vmemmap" && words.address(address)) {
            kernel_.page_structs = PageStructs{address};
            return;
        }
        std::int64_t number = 0, cpu = 0;
        if (what != "pcp" || !words.skip("node") || !words.number(number) || !words.skip("zone"))
            return errors_.add(node, "\"pcp node N zone NAME cpu N pcp_ptr HEX\"");
        const std::string_view name = words.word();
        if (!words.skip("cpu") || !words.number(cpu) || cpu >= CpuSet::limit ||
            !words.skip("pcp_ptr") || !words.address(address) || number >= most_nodes)
            return errors_.add(node, "\"pcp node N zone NAME cpu N pcp_ptr HEX\"");
        const auto zone = zone_index(NodeId{static_cast<std::uint32_t>(number)}, name);
        // Zones without pages have pcp pointers too.
        if (!zone) return;
        const CpuId id{static_cast<std::uint32_t>(cpu)};
        has_cpu(id);
        kernel_.pcps[address] = {id, *zone};
    }

    /// {"start": {"cpu0 0/DMA32": {"count": 53, "high": 378, "batch": 63}}}: the first point that
    /// has a pageset counts.
    void read_pagesets(const Node& points) {
        if (points.kind != Node::Kind::object) return errors_.add(points, "an object");
        std::map<std::pair<CpuId, std::size_t>, RecordedPageset> first;
        for (const Member& point : points.members)
            for (const Member& pageset : point.value.members) {
                RecordedPageset read;
                if (!read_place(pageset.key.text, read)) continue;
                read_fields(pageset.value, read.fields);
                first.try_emplace({read.cpu, read.zone}, read);
            }
        for (const auto& [place, pageset] : first) {
            has_cpu(place.first);
            kernel_.pagesets.push_back(pageset);
        }
    }

    /// "cpu0 0/DMA32"
    bool read_place(std::string_view text, RecordedPageset& pageset) const {
        Words words{text};
        std::string_view cpu_name = words.word();
        const std::string_view zone_name = words.word();
        const std::size_t slash = zone_name.find('/');
        if (!cpu_name.starts_with("cpu") || slash == std::string_view::npos) return false;
        cpu_name.remove_prefix(3);
        std::int64_t cpu = 0, node = 0;
        if (!Words{cpu_name}.number(cpu) || cpu >= CpuSet::limit ||
            !Words{zone_name.substr(0, slash)}.number(node) || node >= most_nodes)
            return false;
        const auto zone =
            zone_index(NodeId{static_cast<std::uint32_t>(node)}, zone_name.substr(slash + 1));
        if (!zone) return false;
        pageset.cpu = CpuId{static_cast<std::uint32_t>(cpu)};
        pageset.zone = *zone;
        return true;
    }

    void read_fields(const Node& node, trace::PcpFields& fields) {
        const auto read = [&](std::string_view key, std::int32_t& field, std::int32_t least = 0) {
            const Node* value = node.find(key);
            if (value == nullptr) return;
            const auto parsed = Scalar<std::int32_t>::parse(value->text);
            const auto* count = std::get_if<std::int32_t>(&parsed);
            if (value->kind == Node::Kind::number && count != nullptr && *count >= least)
                field = *count;
            else
                errors_.add(*value, fmt::format("a count of pages, {} or more", least));
        };
        read("count", fields.count);
        read("high", fields.high);
        read("high_min", fields.high_min);
        read("high_max", fields.high_max);
        read("batch", fields.batch, 1);
    }

    const Node& meta_;
    RecordedKernel kernel_;
    Errors errors_;
};

}  // namespace

std::string RecordedKernel::place(CpuId cpu, std::size_t zone) const {
    return to_string(cpu) + " " + to_string(zones[zone].node) + "/" + zones[zone].name;
}

std::optional<std::size_t> RecordedKernel::zone_at(trace::Address pointer) const {
    for (std::size_t zone = 0; zone < zones.size(); ++zone)
        if (zones[zone].pointer == pointer) return zone;
    return std::nullopt;
}

RecordedKernel recorded_kernel_of_meta(const Node& meta) { return MetaReader{meta}.read(); }

RecordedKernel read_recorded_kernel(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    std::string head(64, '\0');
    in.read(head.data(), std::ssize(head));
    head.resize(static_cast<std::size_t>(in.gcount()));
    if (in && !head.starts_with("Node ")) head.clear();
    if (!head.starts_with("Node ")) {
        Errors errors;
        const Node meta = read_json(path, errors);
        errors.throw_if_any();
        return recorded_kernel_of_meta(meta);
    }
    in.clear();
    in.seekg(0);
    std::ostringstream text;
    text << in.rdbuf();
    return recorded_kernel_of_zoneinfo(path, text.str());
}

std::string era_of_release(std::string_view release) {
    std::array<int, 2> version{};
    const char* end = release.data() + release.size();
    const auto major = std::from_chars(release.data(), end, version[0]);
    if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return {};
    const auto minor = std::from_chars(major.ptr + 1, end, version[1]);
    if (minor.ec != std::errc{}) return {};
    struct First {
        std::array<int, 2> version;
        const char* era;
    };
    // The first release that keeps the rules of the era.
    constexpr std::array firsts{First{{6, 7}, "6.12"},  First{{6, 2}, "6.2"},
                                First{{6, 1}, "6.1"},   First{{6, 0}, "6.0"},
                                First{{5, 14}, "5.17"}, First{{4, 19}, "5.10"}};
    for (const First& first : firsts)
        if (version >= first.version) return first.era;
    return {};
}

bool extfrag_names_block(std::string_view era) { return era == "6.12"; }

}  // namespace pcpsim
