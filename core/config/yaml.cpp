#include "config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <unordered_map>

namespace assay::config {
namespace {

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

// Bytes of the scalar that begins at `from`, as far as they stand in this line.
int scalar_length(std::string_view line, size_t from, const std::string& text) {
  if (from >= line.size()) return 1;
  const char quote = line[from];
  if (quote != '"' && quote != '\'') {
    return static_cast<int>(std::clamp<size_t>(text.size(), 1, line.size() - from));
  }
  size_t at = from + 1;
  while (at < line.size() && line[at] != quote) at += line[at] == '\\' && quote == '"' ? 2 : 1;
  return static_cast<int>(std::min(at + 1, line.size()) - from);
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
    finish(Node{.kind = Node::Kind::null, .place = place(mark)}, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      problems_.add(place(mark), "", "an alias stands within its own anchor");
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
    node.quoted = tag == "!";
    const std::string_view line = source_.line(node.place.line);
    node.place.length = scalar_length(line, static_cast<size_t>(node.place.column - 1), value);
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
    std::optional<Key> key;               // of a map, until its value is there
    std::unordered_map<std::string, int> lines;  // of a map: where each key was seen
    bool skip_value = false;
  };

  void count(const YAML::Mark& mark, size_t nodes = 1) {
    nodes_ += nodes;
    if (nodes_ <= kMaxNodes) return;
    problems_.add(place(mark), "",
                  fmt::format("the file stands for more than {} values (aliases written out); it "
                              "must be smaller",
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
    problems_.add(place(mark), "",
                  fmt::format("the tag {} is not supported; quotes make text, everything else has "
                              "the type that its key takes",
                              clipped(tag)));
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
      problems_.add(node.place, "", fmt::format("{} stands where a key must be", node.is_scalar() ? "an empty text" : shown(node)));
    } else if (node.text == "<<" && !node.quoted) {
      problems_.add(node.place, "",
                    "merge keys (<<) are not supported; write `extends:` in a variant or `include:` "
                    "in a file");
    } else if (const auto [seen, is_new] = map.lines.emplace(node.text, node.place.line); !is_new) {
      problems_.add(node.place, clipped(node.text),
                    fmt::format("is given twice (first in line {})", seen->second));
    } else {
      map.skip_value = false;
    }
  }

  void take_value(Open& map, Node node) {
    if (!map.skip_value) {
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

// The scanner of yaml-cpp takes some tabs and stumbles later; YAML allows none as indentation.
bool tabs_indent(const Source& source, Problems& problems) {
  int number = 0;
  bool found = false;
  std::istringstream lines(source.text);
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const size_t content = line.find_first_not_of(" \t");
    const size_t tab = line.substr(0, content).find('\t');
    if (content == std::string::npos || tab == std::string::npos) continue;
    problems.add({&source, number, static_cast<int>(tab) + 1, 1}, "",
                 "a tab indents this line; YAML wants spaces");
    found = true;
  }
  return found;
}

}  // namespace

Node parse_yaml(const Source& source, Problems& problems) {
  if (tabs_indent(source, problems)) return {};
  Builder builder(source, problems);
  try {
    std::istringstream text(source.text);
    YAML::Parser parser(text);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    problems.add(builder.place(error.mark), "", "this is not valid YAML: " + error.msg);
    return {};
  } catch (const Stop&) {
    return {};
  }
  return builder.take();
}

}  // namespace assay::config
