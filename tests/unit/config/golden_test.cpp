#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "load.h"

// tests/golden/yaml: each <name>.yaml has the exact text of its errors in <name>.expected, or,
// where it is accepted, of the resolved experiment in <name>.resolved. Lines "#: --set path=value"
// and "#: --yes" at the top are options. With ASSAY_UPDATE_GOLDEN=1 the outcomes are written
// instead of compared; read them before you commit them.

namespace assay::config {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> golden_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(golden_folder())) {
    if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

LoadOptions options_of(const std::string& text) {
  LoadOptions options = fake_options();
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.starts_with("#: ");) {
    if (line == "#: --yes") options.yes = true;
    if (line.starts_with("#: --set ")) options.overrides.push_back(line.substr(9));
  }
  return options;
}

// What differs from machine to machine is left out.
std::string portable(std::string text) {
  const std::string root = ASSAY_SOURCE_DIR;
  for (size_t at = 0; (at = text.find(root, at)) != std::string::npos;)
    text.replace(at, root.size(), "<root>");
  return text;
}

struct Outcome {
  std::string ending;
  std::string text;
};

Outcome load(const std::string& name) {
  const std::string file = name + ".yaml";
  try {
    return {".resolved", portable(load_experiment(file, options_of(slurp(file))).resolved_text)};
  } catch (const error::UserError& error) {
    return {".expected", portable(error.what()) + "\n"};
  }
}

class Golden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    setenv("TZDIR", ASSAY_SOURCE_DIR "/tests/unit/clock/zoneinfo", 1);
    before_ = fs::current_path();
    fs::current_path(golden_folder());
  }
  void TearDown() override { fs::current_path(before_); }

 private:
  fs::path before_;
};

TEST_P(Golden, HasTheTextBesideIt) {
  const Outcome outcome = load(GetParam());
  const fs::path wanted = GetParam() + outcome.ending;
  if (std::getenv("ASSAY_UPDATE_GOLDEN") != nullptr) {
    fs::remove(GetParam() + ".resolved");
    fs::remove(GetParam() + ".expected");
    return spill(wanted, outcome.text);
  }
  ASSERT_TRUE(fs::exists(wanted)) << "the outcome is\n" << outcome.text;
  EXPECT_EQ(outcome.text, slurp(wanted));
}

INSTANTIATE_TEST_SUITE_P(Yaml, Golden, testing::ValuesIn(golden_names()),
                         [](const auto& instance) { return instance.param; });

TEST(GoldenFolder, HoldsOneFileForEachMistakeThatIsKnown) { EXPECT_GE(golden_names().size(), 80u); }

}  // namespace
}  // namespace assay::config
