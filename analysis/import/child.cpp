#include "analysis/import/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>

#include "models/config/errors.hpp"

namespace pcpsim {
namespace {

// How the child ended, if it came to its end.
constexpr int exit_answered = 0, exit_refused = 1;

[[noreturn]] void fail(const char* what) {
    throw std::system_error{errno, std::generic_category(), what};
}

class Descriptor {
public:
    explicit Descriptor(int number) : number_{number} {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { reset(); }
    [[nodiscard]] int number() const { return number_; }
    void reset() {
        if (number_ >= 0) close(number_);
        number_ = -1;
    }

private:
    int number_;
};

void limit(int resource, std::uint64_t most) {
    const rlimit both{most, most};
    setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

void set_limits(const ChildLimits& limits) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, static_cast<std::uint64_t>(limits.time.count()));
    limit(RLIMIT_FSIZE, limits.file_size);
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PCPSIM_SHADOWED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PCPSIM_SHADOWED
#endif
#endif
#ifndef PCPSIM_SHADOWED  // A sanitizer's shadow takes terabytes of address space.
    limit(RLIMIT_AS, limits.memory);
#endif
}

/// The child's life after fork(); it must not return into the parent's code.
[[noreturn]] void live(int answer, const std::function<std::string()>& work,
                       const ChildLimits& limits) {
    // A group of its own, so that its children can be ended with it.
    setpgid(0, 0);
    const int nowhere = open("/dev/null", O_RDWR);
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(nowhere, standard);
    set_limits(limits);
    std::string text;
    int status = exit_answered;
    try {
        text = work();
    } catch (const std::exception& error) {
        text = error.what();
        status = exit_refused;
    }
    for (std::size_t done = 0; done < text.size();) {
        const ssize_t written = write(answer, text.data() + done, text.size() - done);
        if (written < 0 && errno != EINTR) _exit(exit_refused);
        if (written > 0) done += static_cast<std::size_t>(written);
    }
    _exit(status);
}

enum class Heard { end, too_long, too_late };

/// Reads until the child closes its end.
Heard listen(int answer, const ChildLimits& limits, std::string& text) {
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + limits.time;
    std::array<char, 65536> part{};
    while (text.size() <= limits.answer) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0) return Heard::too_late;
        pollfd wanted{answer, POLLIN, 0};
        const int ready = poll(&wanted, 1, static_cast<int>(left.count()));
        if (ready == 0) return Heard::too_late;
        if (ready < 0 && errno == EINTR) continue;
        const ssize_t got = read(answer, part.data(), part.size());
        if (got == 0) return Heard::end;
        if (got < 0 && errno != EINTR) fail("read from a child process");
        if (got > 0) text.append(part.data(), static_cast<std::size_t>(got));
    }
    return Heard::too_long;
}

int status_of(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

}  // namespace

std::string in_child(const std::string& who, const std::function<std::string()>& work,
                     const ChildLimits& limits) {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe");
    Descriptor answer{ends[0]}, childs{ends[1]};
    const pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) live(childs.number(), work, limits);
    childs.reset();
    setpgid(child, child);

    std::string text;
    const Heard heard = listen(answer.number(), limits, text);
    if (heard != Heard::end) kill(-child, SIGKILL);
    const int status = status_of(child);
    if (heard == Heard::too_late)
        throw ScenarioError{fmt::format("{} did not end within {} s", who, limits.time.count())};
    if (heard == Heard::too_long)
        throw ScenarioError{fmt::format("{} answers with more than {} bytes", who, limits.answer)};
    if (WIFSIGNALED(status))
        throw ScenarioError{fmt::format("{} crashed: {}", who, strsignal(WTERMSIG(status)))};
    if (WEXITSTATUS(status) == exit_refused && !text.empty()) throw ScenarioError{text};
    if (WEXITSTATUS(status) != exit_answered)
        throw ScenarioError{fmt::format("{} ended with status {}", who, WEXITSTATUS(status))};
    return text;
}

void become(const std::vector<std::string>& words) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    execvp(arguments.front(), arguments.data());
    throw ScenarioError{words.front() + ": " + std::strerror(errno)};
}

}  // namespace pcpsim
