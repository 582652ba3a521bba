#pragma once
// A broken law is our own bug: it stops the run with exit status 3 and names the law.
#include <stdexcept>
#include <string>

namespace pcpsim {

/// One of the simulator's own laws does not hold. Engine::run() prefixes time, CPU and process.
class BrokenLaw : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// The simulated kernel cannot go on (deadlock, starvation): exit status 4.
class Stall : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

[[noreturn, gnu::cold, gnu::noinline]] inline void broken_law(const std::string& law) {
    throw BrokenLaw{law};
}
/// Without a string to be made where the condition is checked.
[[noreturn, gnu::cold, gnu::noinline]] inline void broken_law(const char* law) {
    throw BrokenLaw{law};
}

}  // namespace pcpsim

/// Stays on in release builds. The law is evaluated only when the condition fails.
#define PCPSIM_CHECK(condition, law)   \
    do {                               \
        if (!(condition)) [[unlikely]] \
            ::pcpsim::broken_law(law); \
    } while (false)
