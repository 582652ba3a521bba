#include "analysis/commands.hpp"

#include "analysis/catalog.hpp"

namespace pcpsim {
namespace {

Answer list(const Arguments&) { return {.out = list_text(catalog())}; }

Answer describe(const Arguments& arguments) {
    return {.out = describe_text(catalog(), arguments.positional().front())};
}

}  // namespace

std::vector<Command> commands() {
    return {
        {"list",
         "",
         "Lists drain strategies, workloads, kernels and machines.",
         {},
         {{"", "everything by name"}},
         list},
        {"describe",
         "NAME",
         "Shows the parameters of a model or machine, with unit, default, range and source.",
         {},
         {{"epyc-7742-2s", "the costs of a machine"}},
         describe},
    };
}

}  // namespace pcpsim
