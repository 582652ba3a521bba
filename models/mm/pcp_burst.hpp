#pragma once
// A CPU that allocates from its pcplist page after page: the list learns of it when somebody looks.
namespace pcpsim {

class PcpBurst {
public:
    /// Brings the list up to now. Nothing else can tell that it was asked.
    virtual void catch_up() = 0;
    /// The list, or what the burst relies on, is about to be changed by somebody else.
    virtual void end() = 0;

protected:
    PcpBurst() = default;
    PcpBurst(const PcpBurst&) = default;
    PcpBurst& operator=(const PcpBurst&) = default;
    ~PcpBurst() = default;
};

}  // namespace pcpsim
