#pragma once
#include <atomic>

namespace pcpsim {

/// While it lives, the first SIGINT or SIGTERM only sets a flag and says so on stderr; the second
/// one ends the program at once. One at a time.
class UserInterrupt {
public:
    UserInterrupt();
    ~UserInterrupt();
    UserInterrupt(const UserInterrupt&) = delete;
    UserInterrupt& operator=(const UserInterrupt&) = delete;

    [[nodiscard]] const std::atomic<bool>& flag() const;
};

}  // namespace pcpsim
