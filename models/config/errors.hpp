#pragma once
// What is wrong with the user's input: every mistake of a file in one go, each with its place.
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "models/config/node.hpp"

namespace pcpsim {

/// The input is wrong, not the program: exit status 2. what() holds one line per mistake.
class ScenarioError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Collects complaints of the form "file:line:column: /pointer: expected ..., got ...".
class Errors {
public:
    /// `expected` names what belongs here with range and unit; the note follows what was written.
    void add(const Node& node, std::string expected, std::string note = {});
    /// Complains about a place where `got` stands for what was found.
    void add(const Place& place, std::string expected, std::string got);
    /// An object lacks a key that has no default.
    void add_missing(const Node& object, std::string_view key, std::string_view help);

    /// So many lines of a file are shown, and all that follow are counted.
    static constexpr std::size_t shown = 50;
    /// Counts one that comes after so many of the same file.
    void add_unshown() { ++left_out_; }

    /// Adds all of another collection.
    void add(const Errors& others);

    [[nodiscard]] bool empty() const { return errors_.empty(); }
    /// Throws a ScenarioError with at most `shown` lines: files in the order in which they first
    /// failed, each from top to bottom, then how many lines were left out. Returns if there is no
    /// error.
    void throw_if_any() const;

private:
    struct Error {
        std::size_t source;  // an index into sources_, in the order in which they first failed
        Place place;
        std::string message;
    };

    void add_message(const Place& place, std::string message);
    [[nodiscard]] std::vector<Error> in_order() const;

    std::vector<std::shared_ptr<const Source>> sources_;
    std::vector<Error> errors_;
    std::size_t left_out_ = 0;  // of those that would come last
};

}  // namespace pcpsim
