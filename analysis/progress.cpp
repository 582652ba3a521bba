#include "analysis/progress.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

namespace pcpsim {
namespace {
constexpr const char* wipe_line = "\r\x1b[K";
}

std::string progress_text(std::size_t done, std::size_t total, std::uint64_t events,
                          double seconds) {
    std::string text = fmt::format("{}/{} runs", done, total);
    if (done == 0 || seconds <= 0) return text;
    const double left = seconds / static_cast<double>(done) * static_cast<double>(total - done);
    return text + fmt::format(", {:.1f} million events/s, {:.0f} s left",
                              static_cast<double>(events) / seconds / 1e6, std::ceil(left));
}

Progress::Progress(std::size_t total, bool visible) : total_{total}, visible_{visible} {
    if (visible_) show(start_);
}

Progress::~Progress() {
    if (visible_) std::fputs(wipe_line, stderr);
}

void Progress::run_done(std::uint64_t events) {
    const std::lock_guard guard{mutex_};
    ++done_;
    events_ += events;
    const Clock::time_point now = Clock::now();
    if (visible_ && now - shown_ >= std::chrono::milliseconds{100}) show(now);
}

void Progress::show(Clock::time_point now) {
    shown_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    std::fputs((wipe_line + progress_text(done_, total_, events_, seconds)).c_str(), stderr);
}

}  // namespace pcpsim
