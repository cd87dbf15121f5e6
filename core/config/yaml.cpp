#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "config/yaml_syntax.h"

// yaml-cpp serves as an event parser only. Its own tree would lose places, keep one of two equal
// keys in silence, and expand aliases without a limit. The builder below keeps the place of every
// key and value, reports duplicates, and counts values while it copies aliases.

namespace assay::config {
namespace {

constexpr std::string_view kCoreTags = "tag:yaml.org,2002:";

// Reading stops here; the reason is among the problems already.
struct Stop {};

struct Size {
  size_t nodes = 1;
  size_t depth = 1;
};

Size size_of(const Node& node) {
  Size size{.nodes = 1 + node.keys.size(), .depth = 1};
  for (const Node& item : node.items) {
    const Size inner = size_of(item);
    size.nodes += inner.nodes;
    size.depth = std::max(size.depth, inner.depth + 1);
  }
  return size;
}

// "null" or "~" where it is written out; nothing where a value was left out, whose place is that of
// what comes next.
std::string null_word(const Place& place) {
  const std::string_view line = place.source->line(place.line);
  const auto column = static_cast<size_t>(place.column - 1);
  if (column >= line.size()) return "";
  const std::string_view rest = line.substr(column);
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t,]}#"));
  for (const std::string_view known : {"null", "Null", "NULL", "~"}) {
    if (word == known) return std::string(word);
  }
  return "";
}

// Gets the parser's events and keeps what is still open on a stack.
class Builder : public YAML::EventHandler {
 public:
  Builder(const Source& source, Problems& problems) : source_(source), problems_(problems) {}

  Node take() { return std::move(root_); }
  Place place(const YAML::Mark& mark) const {
    return {&source_, std::max(0, mark.line) + 1, std::max(0, mark.column) + 1, 1};
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ == 0) return;
    problems_.add(place(mark), "", "a second document begins here; an experiment is one document");
    throw Stop{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    count(mark);
    Node node{.kind = Node::Kind::null, .place = place(mark)};
    node.text = null_word(node.place);
    finish(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      problems_.add(place(mark), "", "an alias is used within its own anchor");
      throw Stop{};
    }
    const Size size = size_of(found->second);
    count(mark, size.nodes);
    check_depth(mark, size.depth);
    finish(Node(found->second), YAML::NullAnchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    count(mark);
    check_tag(mark, tag);
    Node node{.kind = Node::Kind::scalar, .place = place(mark), .text = value};
    // The parser tags quoted scalars "!" and plain ones "?".
    node.quoted = tag == "!";
    node.place.length = scalar_length(node.place, value);
    if (node.quoted && !is_closed(node.place)) {
      problems_.add(node.place, "", "this quote is never closed");
      throw Stop{};
    }
    finish(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  // A list or map of which the end has not been seen.
  struct Open {
    Node node;
    YAML::anchor_t anchor = YAML::NullAnchor;
    std::optional<Key> key;                      // of a map, until its value is there
    std::unordered_map<std::string, int> lines;  // of a map: where each key was seen first
    bool skip_value = false;
  };

  void count(const YAML::Mark& mark, size_t nodes = 1) {
    nodes_ += nodes;
    if (nodes_ <= kMaxNodes) return;
    problems_.add(
        place(mark), "",
        fmt::format(
            "the file has more than {} values after aliases are expanded; it must be smaller",
            kMaxNodes));
    throw Stop{};
  }

  void check_depth(const YAML::Mark& mark, size_t more) {
    if (stack_.size() + more <= kMaxDepth) return;
    problems_.add(place(mark), "", fmt::format("nested deeper than {} levels", kMaxDepth));
    throw Stop{};
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (tag.empty() || tag == "?" || tag == "!") return;
    problems_.add(
        place(mark), "",
        fmt::format(
            "the tag {} is not supported; quotes make text, everything else has "
            "the type that its key takes",
            clipped(tag.starts_with(kCoreTags) ? "!!" + tag.substr(kCoreTags.size()) : tag)));
  }

  void open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    count(mark);
    check_depth(mark, 1);
    check_tag(mark, tag);
    stack_.push_back({.node = Node{.kind = kind, .place = place(mark)}, .anchor = anchor});
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    finish(std::move(done.node), done.anchor);
  }

  // Puts a complete node where it belongs.
  void finish(Node node, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    if (stack_.empty()) {
      root_ = std::move(node);
    } else if (stack_.back().node.is_list()) {
      stack_.back().node.items.push_back(std::move(node));
    } else if (!stack_.back().key) {
      take_key(stack_.back(), std::move(node));
    } else {
      take_value(stack_.back(), std::move(node));
    }
  }

  void take_key(Open& map, Node node) {
    map.skip_value = true;
    map.key = Key{node.text, node.place};
    if (!node.is_scalar() || node.text.empty()) {
      const bool empty = node.is_scalar() || node.kind == Node::Kind::null;
      problems_.add(
          node.place, "",
          fmt::format("{} is not allowed as a key", empty ? "an empty text" : shown(node)));
    } else if (node.text == "<<" && !node.quoted) {
      problems_.add(
          node.place, "",
          "merge keys (<<) are not supported; write `extends:` in a variant or `include:` "
          "in a file");
    } else if (const auto [seen, is_new] = map.lines.emplace(node.text, node.place.line); !is_new) {
      problems_.add(node.place, open_path(node.text),
                    fmt::format("is given twice (first in line {})", seen->second));
    } else {
      map.skip_value = false;
    }
  }

  // The path of a key of the innermost map.
  std::string open_path(std::string_view key) const {
    std::string path;
    for (size_t i = 0; i + 1 < stack_.size(); ++i) {
      const Open& outer = stack_[i];
      path = outer.node.is_list() ? fmt::format("{}[{}]", path, outer.node.items.size())
                                  : join_keys(path, outer.key ? outer.key->text : "?");
    }
    return join_keys(path, key);
  }

  void take_value(Open& map, Node node) {
    if (!map.skip_value) {
      // The parser notices an empty value only where the next one begins.
      if (node.kind == Node::Kind::null) node.place = map.key->place;
      map.node.keys.push_back(std::move(*map.key));
      map.node.items.push_back(std::move(node));
    }
    map.key.reset();
  }

  const Source& source_;
  Problems& problems_;
  Node root_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Node> anchors_;
  size_t nodes_ = 0;
  int documents_ = 0;
};

}  // namespace

Node parse_yaml(const Source& source, Problems& problems) {
  if (const Place tab = find_tab(source); tab.source != nullptr) {
    problems.add(tab, "", "a tab indents this line; YAML wants spaces");
    return {};
  }
  Builder builder(source, problems);
  try {
    std::istringstream text(source.text);
    YAML::Parser parser(text);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    const Place place = builder.place(error.mark);
    problems.add(place, "", explain_syntax(error.msg, place));
    return {};
  } catch (const Stop&) {
    return {};
  }
  return builder.take();
}

}  // namespace assay::config
