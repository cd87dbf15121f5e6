#include "config/keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "load.h"

namespace assay::config {
namespace {

using testing::HasSubstr;

// The path of a key in the experiment below: `*` and `[]` filled in.
std::string path_of(const KeyInfo& key) {
  std::string path(key.path);
  const auto replace = [&](const std::string& from, const std::string& to) {
    if (const size_t at = path.find(from); at != path.npos) path.replace(at, from.size(), to);
  };
  replace("datasets.*", "datasets.ml");
  replace("targets.*", "targets.t");
  replace("variants.*", "variants.control");
  replace("[]", ".0");
  return path;
}

// An experiment in which every section that a key can stand in is there, except the one that the
// key itself is.
std::string base_text(const KeyInfo& key, const Folder& folder) {
  const bool stages = key.path != "variants.*.rank" && key.path != "variants.*.rerank";
  const bool tuned = key.path.starts_with("tune.");
  const bool file = key.path.starts_with("datasets.*.source.");
  folder.write("x.csv", "");
  const bool world = key.path.starts_with("datasets.*.source.simulator.");
  const std::string source = world  ? "{format: simulator, simulator: {users: 50, items: 60, "
                                      "days: 2, events: 99}}"
                             : file ? "{path: " + (folder.path() / "x.csv").string() +
                                          ", format: csv, columns: {user: u, item: i, time: t}}"
                                    : "movielens-100k";
  return "name: x\ndatasets: {ml: {source: " + source +
         ", targets: {t: {column: rating}}}}\nlatency: {scenarios: [{kind: single_stream}]}\n" +
         "variants: {control: {recall: [{plugin: popularity" +
         (tuned ? ", params: {half_life_days: {tune: {linear: [1, 90]}}}" : "") +
         "}, {plugin: random}]" +
         (stages ? ", rank: [{plugin: linear}], rerank: [{plugin: mmr}]}}\n" : "}}\n");
}

// The resolved text with and without `path: value`.
std::string with_key(const KeyInfo& key, const std::string& value, bool with = true) {
  LoadOptions options = fake_options();
  const bool merge = key.path.starts_with("variants.*.merge");
  if (!key.method.empty())
    options.overrides = {(merge ? "variants.control.merge.method=" : "datasets.ml.split.method=") +
                         std::string(key.method)};
  if (with) options.overrides.push_back(path_of(key) + "=" + value);
  const Folder folder;
  return load_text(base_text(key, folder), options).resolved_text;
}

class DefaultOf : public testing::TestWithParam<KeyInfo> {};

// What the table says is the default is what the structs hold.
TEST_P(DefaultOf, IsWhatIsUsedWithoutIt) {
  const std::string value(GetParam().fallback);
  EXPECT_EQ(with_key(GetParam(), value), with_key(GetParam(), value, false));
}

std::vector<KeyInfo> keys_with_default() {
  std::vector<KeyInfo> keys;
  for (const KeyInfo& key : key_table()) {
    if (!key.fallback.empty()) keys.push_back(key);
  }
  return keys;
}

std::string test_name(const testing::TestParamInfo<KeyInfo>& instance) {
  std::string name = std::string(instance.param.path) + "_" + std::string(instance.param.method);
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Keys, DefaultOf, testing::ValuesIn(keys_with_default()), test_name);

TEST(KeyTable, SaysEverythingAboutEveryKey) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const KeyInfo& key : key_table()) {
    SCOPED_TRACE(key.path);
    EXPECT_TRUE(seen.insert({key.path, key.method}).second) << "twice";
    EXPECT_TRUE(key.doc.ends_with('.')) << "a sentence";
    EXPECT_TRUE(key.fallback.empty() || key.otherwise.empty()) << "two defaults";
    const bool holds_keys = key.type == ValueType::section;
    EXPECT_TRUE(holds_keys || !key.fallback.empty() || !key.otherwise.empty()) << "no default";
    EXPECT_TRUE(key.type != ValueType::other || !key.form.empty()) << "no form";
  }
}

TEST(KeyTable, HasASectionForEveryKey) {
  for (const KeyInfo& key : key_table()) {
    std::string section(section_of(key.path));
    if (section.empty()) continue;
    for (const char* end : {".*", "[]"}) {
      if (section.ends_with(end)) section.resize(section.size() - 2);
    }
    EXPECT_NE(find_key(section_of(section), key_of(section)), nullptr) << key.path;
  }
}

TEST(KeyTable, IsInTheDocumentation) {
  const std::string begin = "<!-- keys: from core/config/key_table.cpp; do not edit -->\n";
  const std::string end = "<!-- end of keys -->\n";
  const std::filesystem::path file = ASSAY_SOURCE_DIR "/docs/experiments.md";
  const std::string page = slurp(file);
  const size_t from = page.find(begin);
  const size_t to = page.find(end);
  ASSERT_TRUE(from != std::string::npos && to != std::string::npos)
      << "docs/experiments.md has lost its marks";
  const std::string written = page.substr(from + begin.size(), to - from - begin.size());
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) {
    return spill(file, page.substr(0, from + begin.size()) + keys_page() + page.substr(to));
  }
  EXPECT_EQ(written, keys_page())
      << "docs/experiments.md is stale: run test_config with ASSAY_UPDATE_GOLDEN=1";
}

}  // namespace
}  // namespace assay::config
