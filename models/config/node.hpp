#pragma once
// A JSON value that knows where it was written, so that every complaint about it can say so.
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pcpsim {

/// The text that values were read from: a file, or an option of the command line.
struct Source {
    std::string name;
    std::string text;
    std::string directory = {};              // file names in the text are relative to it
    std::optional<std::string> option = {};  // the JSON pointer of the text; a file has none
};

/// The last step of a JSON pointer, "/key". Siblings share the steps above them: the pointers of a
/// file of long keys, written out, could take any amount of memory.
struct Step {
    std::shared_ptr<const Step> above;
    std::string text;
};

/// A byte in a source, and the way to the value there.
struct Place {
    std::shared_ptr<const Source> source;
    std::size_t offset = 0;
    std::shared_ptr<const Step> way = {};  // none to the root

    /// The JSON pointer of the value; "" for the root.
    [[nodiscard]] std::string pointer() const;

    /// "file:line:column", counted from 1 in lines and characters; for an option its name.
    [[nodiscard]] std::string position() const;
    /// "file:line:column: /pointer"; "--set /pointer". The root is "/".
    [[nodiscard]] std::string text() const;
    /// The place of a child, at the same byte.
    [[nodiscard]] Place child(std::string_view key) const;
};

struct Member;

/// One value. Members keep the order of the file.
struct Node {
    enum class Kind { null, boolean, number, string, array, object };

    Kind kind = Kind::null;
    std::string text;  // a string decoded; a number, true, false and null as written
    std::vector<Node> elements;
    std::vector<Member> members;
    Place place;
    std::size_t end = 0;  // the byte after the value in its source; 0 if the source only implies it

    /// The value of a key, or nullptr.
    [[nodiscard]] const Node* find(std::string_view key) const;
    [[nodiscard]] Node* find(std::string_view key);
    /// The value as its source says it, on one line of at most 80 bytes.
    [[nodiscard]] std::string as_written() const;
    /// Compact JSON in the order of the file.
    [[nodiscard]] std::string canonical() const;
};

struct Member {
    Node key;
    Node value;
};

}  // namespace pcpsim
