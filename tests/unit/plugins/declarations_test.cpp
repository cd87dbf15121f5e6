// What every shipped strategy must say of itself.

#include <gmock/gmock.h>

#include <filesystem>

#include "shipped_plugin.h"

namespace assay::test {
namespace {

struct Shipped {
  std::string kind, name;
};

std::vector<Shipped> all_shipped() {
  std::vector<Shipped> result;
  for (const std::string kind : {"recall", "rank", "rerank"}) {
    for (const auto& file :
         std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/plugins/" + kind)) {
      if (file.is_directory() || file.path().extension() == ".cpp")
        result.push_back({kind, file.path().stem()});
    }
  }
  return result;
}

TEST(Declarations, AStrategyIsNamedLikeItsFile) {
  for (const Shipped& one : all_shipped())
    EXPECT_EQ(shipped_plugin(one.kind, one.name).name, one.name);
}

TEST(Declarations, DocsAreSentences) {
  for (const Shipped& one : all_shipped()) {
    const PluginEntry& entry = shipped_plugin(one.kind, one.name);
    EXPECT_THAT(entry.doc, testing::EndsWith(".")) << one.name;
    for (const ParamSpec& param : entry.schema.params) {
      EXPECT_THAT(param.doc, testing::EndsWith(".")) << one.name << "." << param.name;
    }
  }
}

TEST(Declarations, NumbersHaveALowestValue) {
  for (const Shipped& one : all_shipped()) {
    for (const ParamSpec& param : shipped_plugin(one.kind, one.name).schema.params) {
      const bool number = param.type == ParamType::integer || param.type == ParamType::number;
      EXPECT_TRUE(!number || param.minimum.has_value()) << one.name << "." << param.name;
    }
  }
}

TEST(Declarations, DefaultsAreAmongTheChoicesAndInRange) {
  for (const Shipped& one : all_shipped()) {
    for (const ParamSpec& param : shipped_plugin(one.kind, one.name).schema.params) {
      if (!param.choices.empty()) {
        EXPECT_THAT(param.choices, testing::Contains(std::get<std::string>(param.default_value)))
            << one.name;
      }
      if (param.type == ParamType::number && param.minimum) {
        EXPECT_GE(std::get<double>(param.default_value), *param.minimum)
            << one.name << "." << param.name;
      }
    }
  }
}

}  // namespace
}  // namespace assay::test
