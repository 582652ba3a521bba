#include "analysis/interrupt.hpp"

#include <unistd.h>

#include <csignal>
#include <string_view>

namespace pcpsim {
namespace {

// A signal handler reaches nothing but a global.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free);

void on_signal(int) {
    interrupted = true;
    constexpr std::string_view text =
        "\npcpsim: interrupted; the runs that have begun are finished first, unless you repeat "
        "it\n";
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text.data(), text.size());
}

void install(void (*handler)(int), int flags) {
    struct sigaction action {};
    action.sa_handler = handler;
    action.sa_flags = flags;
    for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

}  // namespace

UserInterrupt::UserInterrupt() {
    interrupted = false;
    install(on_signal, static_cast<int>(SA_RESETHAND | SA_RESTART));
}

UserInterrupt::~UserInterrupt() { install(SIG_DFL, 0); }

const std::atomic<bool>& UserInterrupt::flag() const { return interrupted; }

}  // namespace pcpsim
