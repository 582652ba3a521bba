#include "models/config/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <system_error>
#include <utility>

#include "models/config/text.hpp"

namespace pcpsim {
namespace {

using Json = nlohmann::json;
constexpr std::string_view blanks = " \t\r\n";

/// Whether the text is one number as JSON writes it.
bool is_number(std::string_view text) {
    const auto take = [&](std::string_view any_of) {
        const bool found = !text.empty() && any_of.find(text[0]) != std::string_view::npos;
        if (found) text.remove_prefix(1);
        return found;
    };
    const auto take_digits = [&] {
        const bool found = take("0123456789");
        while (take("0123456789")) {
        }
        return found;
    };
    take("-");
    if (!take("0") && !take_digits()) return false;
    if (take(".") && !take_digits()) return false;
    if (take("eE") && (take("+-"), !take_digits())) return false;
    return text.empty();
}

/// Receives the parser's events and follows them through the text. The parser itself knows no
/// token's start, skips a byte-order mark, takes a NUL for the end, ends a number where it stops
/// being one, and rounds large ones.
class Reader {
public:
    Reader(std::shared_ptr<const Source> source, Errors& errors)
        : source_{std::move(source)}, text_{source_->text}, errors_{errors} {}

    Node read() {
        if (text_.starts_with("\xEF\xBB\xBF")) fail(0, "JSON text", "a byte-order mark");
        if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF"))
            fail(0, "UTF-8", "UTF-16");
        if (const std::size_t nul = text_.find('\0'); nul != std::string_view::npos)
            fail(nul, "text without NULs", "\\x00");
        Json::sax_parse(text_.begin(), text_.end(), this);
        return std::move(root_);
    }

    bool null() { return scalar(Node::Kind::null); }
    bool boolean(bool) { return scalar(Node::Kind::boolean); }
    bool number_integer(Json::number_integer_t) { return number(); }
    bool number_unsigned(Json::number_unsigned_t) { return number(); }
    bool number_float(Json::number_float_t, const std::string&) { return number(); }
    bool string(std::string& decoded) {
        Node node = begin(Node::Kind::string);
        node.end = token_end(node.place.offset);
        node.text = std::move(decoded);
        return finish(std::move(node));
    }
    bool binary(Json::binary_t&) { return false; }
    bool key(std::string& decoded) {
        Node node = begin(Node::Kind::string);
        node.place = open_.back().place.child(decoded);
        node.place.offset = skip(cursor_);
        node.end = cursor_ = token_end(node.place.offset);
        node.text = std::move(decoded);
        open_.back().members.push_back(Member{std::move(node), {}});
        return true;
    }
    bool start_object(std::size_t) { return open(Node::Kind::object); }
    bool start_array(std::size_t) { return open(Node::Kind::array); }
    bool end_object() {
        refuse_duplicates(open_.back());
        return close();
    }
    bool end_array() { return close(); }

    [[noreturn]] bool parse_error(std::size_t read, const std::string&, const Json::exception& why);

private:
    /// Past blanks and separators, to the start of the next token.
    [[nodiscard]] std::size_t skip(std::size_t at) const {
        return std::min(text_.find_first_not_of(" \t\r\n,:", at), text_.size());
    }

    /// The byte after the token at `at`; a string without a closing quote ends with its line.
    [[nodiscard]] std::size_t token_end(std::size_t at) const {
        if (at == text_.size()) return at;
        if (text_[at] != '"') {
            constexpr std::string_view delimiters = " \t\r\n,:[]{}\"";
            return std::min(text_.find_first_of(delimiters, at + 1), text_.size());
        }
        for (++at; at < text_.size() && text_[at] != '\n'; ++at) {
            if (text_[at] == '\\')
                ++at;
            else if (text_[at] == '"')
                return at + 1;
        }
        return std::min(at, text_.size());
    }

    Node begin(Node::Kind kind) {
        Node node;
        node.kind = kind;
        if (++values_ > value_limit)
            fail(skip(cursor_), fmt::format("at most {} values", value_limit), "one more");
        if (open_.empty())
            node.place = root_place();
        else if (open_.back().kind == Node::Kind::array)
            node.place = open_.back().place.child(std::to_string(open_.back().elements.size()));
        else if (!open_.back().members.empty())
            node.place = open_.back().members.back().key.place;
        node.place.offset = skip(cursor_);
        return node;
    }

    [[nodiscard]] Place root_place() const {
        Place place{source_};
        if (source_->option) place.way = std::make_shared<const Step>(Step{{}, *source_->option});
        return place;
    }

    bool scalar(Node::Kind kind) {
        Node node = begin(kind);
        node.end = token_end(node.place.offset);
        node.text = text_.substr(node.place.offset, node.end - node.place.offset);
        return finish(std::move(node));
    }

    bool number() {
        const std::size_t at = skip(cursor_);
        const std::string_view token = text_.substr(at, token_end(at) - at);
        if (!is_number(token)) fail(at, "a JSON number", echo(token));
        return scalar(Node::Kind::number);
    }

    bool open(Node::Kind kind) {
        Node node = begin(kind);
        if (open_.size() == depth_limit)
            fail(node.place.offset, fmt::format("at most {} levels of nesting", depth_limit),
                 "one more");
        cursor_ = node.place.offset + 1;
        open_.push_back(std::move(node));
        return true;
    }

    bool close() {
        Node node = std::move(open_.back());
        open_.pop_back();
        node.end = skip(cursor_) + 1;
        return finish(std::move(node));
    }

    bool finish(Node node) {
        cursor_ = node.end;
        if (open_.empty())
            root_ = std::move(node);
        else if (open_.back().kind == Node::Kind::array)
            open_.back().elements.push_back(std::move(node));
        else
            open_.back().members.back().value = std::move(node);
        return true;
    }

    /// Keeps the first of several members with one key.
    void refuse_duplicates(Node& object) {
        std::vector<Member>& members = object.members;
        std::vector<std::size_t> order(members.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
            return members[a].key.text < members[b].key.text;
        });
        std::vector<bool> is_again(members.size());
        for (std::size_t i = 1; i < order.size(); ++i)
            is_again[order[i]] = members[order[i]].key.text == members[order[i - 1]].key.text;
        std::size_t kept = 0;
        for (std::size_t i = 0; i < members.size(); ++i) {
            if (is_again[i])
                errors_.add(members[i].key, "each key once");
            else if (kept++ < i)
                members[kept - 1] = std::move(members[i]);
        }
        members.resize(kept);
    }

    [[noreturn]] void fail(std::size_t at, std::string_view expected, std::string_view got) const {
        throw ScenarioError{fmt::format("{}: expected {}, got {}",
                                        Place{source_, at, {}}.position(), expected, got)};
    }

    std::shared_ptr<const Source> source_;
    std::string_view text_;
    Errors& errors_;
    std::vector<Node> open_;  // the objects and arrays around the cursor
    std::size_t cursor_ = 0;  // the byte after the last event's token
    std::size_t values_ = 0;  // keys included
    Node root_;
};

/// What the grammar wants where the parser stopped. The parser tells only in the words of its
/// message, "syntax error while parsing CONTEXT - REASON; last read: ...; expected TOKEN".
std::string expectation(std::string_view message) {
    const auto says = [&](std::string_view words) {
        return message.find(words) != std::string_view::npos;
    };
    if (says("number overflow")) return "a number below 1e308";
    for (const std::string_view thing : {"string", "number"}) {
        const std::string invalid = fmt::format(" - invalid {}", thing);
        const std::size_t found = message.find(invalid);
        if (found == std::string_view::npos) continue;
        const std::string_view reason = message.substr(found + invalid.size() + 2);
        return fmt::format("a valid {} ({})", thing, reason.substr(0, reason.find("; last read")));
    }
    constexpr std::array<std::pair<std::string_view, const char*>, 5> contexts{{
        {"parsing object key", "a key in double quotes"},
        {"parsing object separator", "':'"},
        {"parsing object", "',' or '}'"},
        {"parsing array", "',' or ']'"},
        {"; expected end of input", "end of file"},
    }};
    for (const auto& [words, expected] : contexts)
        if (says(words)) return expected;
    return "a JSON value";
}

bool Reader::parse_error(std::size_t read, const std::string&, const Json::exception& why) {
    std::size_t at = std::min(text_.find_first_not_of(blanks, cursor_), text_.size());
    // The parser stopped after a separator that it accepted, or at one that it did not.
    const bool separator = at < text_.size() && (text_[at] == ',' || text_[at] == ':');
    if (separator && read > at + 1)
        at = std::min(text_.find_first_not_of(blanks, at + 1), text_.size());
    const bool structural =
        at < text_.size() && std::string_view{",:[]{}"}.find(text_[at]) != std::string_view::npos;
    const std::size_t end = structural ? at + 1 : token_end(at);
    fail(at, expectation(why.what()),
         at == text_.size() ? "end of file" : echo(text_.substr(at, end - at)));
}

/// The content of a file, or why there is none.
std::pair<std::optional<std::string>, std::string> load(const std::string& path) {
    if (path.find('\0') != std::string::npos) return {std::nullopt, "a name with a NUL"};
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return {std::nullopt, "a directory"};
    std::ifstream file{path, std::ios::binary};
    if (!file) return {std::nullopt, std::generic_category().message(errno)};
    std::string text;
    std::array<char, 65536> part{};
    while (file.read(part.data(), part.size()) || file.gcount() > 0) {
        text.append(part.data(), static_cast<std::size_t>(file.gcount()));
        if (text.size() > static_cast<std::size_t>(file_limit.count()))
            return {std::nullopt, "more than " + to_string(file_limit)};
    }
    if (file.bad()) return {std::nullopt, "a read error"};
    return {std::move(text), {}};
}

Node parse_file(const std::string& path, std::string text, Errors& errors) {
    std::string directory = std::filesystem::path{path}.parent_path().string();
    Node root = parse_json(Source{path, std::move(text), std::move(directory)}, errors);
    // For editors: no part of what the file says.
    std::erase_if(root.members, [&](const Member& member) {
        if (member.key.text != "$schema") return false;
        if (member.value.kind != Node::Kind::string) errors.add(member.value, "a string");
        return true;
    });
    return root;
}

}  // namespace

Node parse_json(Source source, Errors& errors) {
    return Reader{std::make_shared<const Source>(std::move(source)), errors}.read();
}

Node read_json(const std::string& path, Errors& errors) {
    auto [text, problem] = load(path);
    if (!text)
        throw ScenarioError{
            fmt::format("{}: expected a readable file, got {}", echo(path), problem)};
    return parse_file(path, std::move(*text), errors);
}

std::string path_named_by(const Node& reference) {
    return (std::filesystem::path{reference.place.source->directory} / reference.text)
        .lexically_normal()
        .string();
}

std::optional<Node> read_json(const Node& reference, Errors& errors) {
    if (reference.kind != Node::Kind::string) {
        errors.add(reference, "the name of a file");
        return std::nullopt;
    }
    const std::string path = path_named_by(reference);
    auto [text, problem] = load(path);
    if (text) return parse_file(path, std::move(*text), errors);
    const bool is_cut = load(path + ".json").first.has_value();
    errors.add(reference, "a readable file",
               is_cut ? fmt::format(" (did you mean {}?)", quote(echo(reference.text + ".json")))
                      : fmt::format(" ({})", problem));
    return std::nullopt;
}

}  // namespace pcpsim
