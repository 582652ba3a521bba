#pragma once
// A recording as a workload: which of its events ask something of the page allocator, and which
// free returns what.
#include "analysis/replay/recording.hpp"
#include "models/trace/requests.hpp"

namespace pcpsim {

/// mm_page_alloc and mm_page_free, whoever caused them. A free that fits no block as it was
/// allocated, whole and at once, is of one that is older than the recording. Gigantic pages are
/// left out. Throws a ScenarioError if there is neither.
RecordedRequests requests_of(RecordStream& stream);

class RequestReader final : public RecordingReader {
public:
    /// Needs no meta file.
    [[nodiscard]] RecordedRequests read(const std::string& path) const override;
};

}  // namespace pcpsim
