#include "models/trace/requests.hpp"

#include "models/config/json.hpp"
#include "models/config/text.hpp"
#include "sim/check.hpp"

namespace pcpsim {

void RecordingFile::load(const RecordingReader& reader, Errors& errors) {
    if (!named_.place.source) return;  // absent, which is complained about already
    if (named_.kind != Node::Kind::string) return errors.add(named_, "the name of a recording");
    try {
        requests_ = std::make_shared<const RecordedRequests>(reader.read(path_named_by(named_)));
    } catch (const ScenarioError& error) {
        errors.add(named_, "a recording", std::string{" ("} + error.what() + ")");
    }
}

const RecordedRequests& RecordingFile::requests() const {
    PCPSIM_CHECK(requests_ != nullptr, "the recording " + named_.text + " was never loaded");
    return *requests_;
}

std::string RecordingFile::canonical() const {
    if (!requests_) return named_.canonical();
    return quote(std::to_string(requests_->allocations) + " allocations and " +
                 std::to_string(requests_->frees) + " frees, fingerprint " +
                 std::to_string(requests_->fingerprint));
}

}  // namespace pcpsim
