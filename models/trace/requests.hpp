#pragma once
// The allocations and frees of a recording as something to be done again, and how a scenario's
// parameters name one.
#include <memory>
#include <string>
#include <vector>

#include "models/config/errors.hpp"
#include "models/config/node.hpp"
#include "models/mm/page.hpp"
#include "sim/ids.hpp"
#include "sim/units.hpp"

namespace pcpsim {

/// What was allocated once and freed once, or either.
struct RecordedBlock {
    Order order;
    MigrateType type = MigrateType::movable;
    CpuId cpu;             ///< that allocates it; of an earlier one, that frees it
    bool earlier = false;  ///< allocated before the recording began
};

struct PageRequest {
    Duration after;           ///< the last request of this CPU, or the first one of all
    std::uint32_t block = 0;  ///< an index
    bool frees = false;       ///< or else allocates
};

struct RecordedRequests {
    std::vector<std::vector<PageRequest>> cpus;  ///< by CPU, in its order
    std::vector<RecordedBlock> blocks;
    std::int64_t allocations = 0, frees = 0;
    std::uint64_t fingerprint = 0;  ///< equal ones are equal requests
};

/// Whoever knows the format of recordings.
class RecordingReader {
public:
    virtual ~RecordingReader() = default;
    /// Throws a ScenarioError.
    [[nodiscard]] virtual RecordedRequests read(const std::string& path) const = 0;
};

/// A parameter that names the file of a recording, relative to the file it stands in.
class RecordingFile {
public:
    RecordingFile() = default;
    RecordingFile& operator=(const Node& named) {
        named_ = named;
        return *this;
    }
    static std::string type() { return "file"; }
    static std::string schema() { return R"({"type":"string","minLength":1})"; }
    void load(const RecordingReader& reader, Errors& errors);
    /// Loaded before.
    [[nodiscard]] const RecordedRequests& requests() const;
    /// As JSON: once it is loaded what it says, wherever it lies.
    [[nodiscard]] std::string canonical() const;

private:
    Node named_;
    std::shared_ptr<const RecordedRequests> requests_;
};

}  // namespace pcpsim
