#include "dataset/telling_context.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <random>

#include "dataset/audit.h"

namespace assay::dataset {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// 400 requests of two rows, all in the test window; a quarter of the rows is clicked.
class ContextColumns : public testing::Test {
 protected:
  ContextColumns()
      : path_(fs::temp_directory_path() / ("assay_telling_" + std::to_string(getpid()))) {
    std::mt19937 draw(5);
    for (int32_t request = 0; request < 400; ++request) {
      table_.user.push_back(request % 7);
      for (int row = 0; row < 2; ++row) {
        table_.item.push_back(static_cast<int32_t>(draw() % 9));
        clicked_.push_back(draw() % 4 == 0);
      }
      table_.offsets.push_back(2 * (request + 1));
    }
    table_.labels.push_back({"click", false, {}, {}});
    for (const uint8_t one : clicked_) table_.labels[0].flag.push_back(one);
  }
  ~ContextColumns() override { fs::remove(path_); }

  void add_number(const std::string& name, const std::vector<float>& of_rows) {
    table_.context.push_back({name, false, false, {}, {}, {}});
    for (const float value : of_rows) table_.context.back().number.push_back(value);
  }
  void add_category(const std::string& name, const std::vector<int32_t>& of_rows) {
    table_.context.push_back({name, true, false, {}, {}, {}});
    for (const int32_t value : of_rows) table_.context.back().code.push_back(value);
    for (int label = 0; label < 1000; ++label)
      table_.context.back().labels.add(std::to_string(label));
  }
  template <typename T, typename Of>
  std::vector<T> by_row(const Of& of) const {
    std::vector<T> out;
    for (size_t row = 0; row < clicked_.size(); ++row) out.push_back(static_cast<T>(of(row)));
    return out;
  }

  std::vector<std::string> found(task::Window window = task::Window::test) {
    SafetensorsWriter out;
    add_impressions(out, table_);
    const nlohmann::json info = {{"labels", {{{"name", "click"}, {"kind", "flag"}}}},
                                 {"context", context_info(table_)}};
    out.note("info", info.dump());
    out.write(path_);
    LoggedRows rows(Impressions::open(path_));
    for (int64_t request = 0; request < 400; ++request)
      rows.window.push_back(static_cast<uint8_t>(window));
    std::vector<std::string> names;
    for (const TellingContext& one : telling_context(rows)) {
      names.push_back(one.name);
      text_ = one.text;
    }
    return names;
  }

  std::string path_, text_;
  ImpressionTable table_;
  std::vector<uint8_t> clicked_;
};

TEST_F(ContextColumns, AreFoundWhereTheyAreTheLabelAMomentLater) {
  add_number("clicked_later", by_row<float>([&](size_t row) { return clicked_[row]; }));
  add_number("paid", by_row<float>([&](size_t row) { return clicked_[row] ? 5 + row % 3 : NAN; }));
  add_number("left", by_row<float>([&](size_t row) { return clicked_[row] ? 0 : 1 + row % 5; }));
  add_category("outcome", by_row<int32_t>([&](size_t row) { return 4 * clicked_[row] + row % 4; }));
  EXPECT_THAT(found(), ElementsAre("clicked_later", "paid", "left", "outcome"));
  EXPECT_THAT(text_, HasSubstr("context column outcome tells the label click: area under the ROC "
                               "curve 1.0000 over "));
}

TEST_F(ContextColumns, OfRequestsAreComparedWithWhetherAnyRowIsPositive) {
  table_.context.push_back({"clicks", false, true, {}, {}, {}});
  for (size_t request = 0; request < 400; ++request)
    table_.context[0].number.push_back(
        static_cast<float>(clicked_[2 * request] + clicked_[2 * request + 1]));
  EXPECT_THAT(found(), ElementsAre("clicks"));
  EXPECT_THAT(text_, HasSubstr("requests of the test window"));
}

TEST_F(ContextColumns, ThatPredictWellAreNoLeak) {
  std::mt19937 draw(6);
  // 2 % of the rows are otherwise.
  add_number("price", by_row<float>([&](size_t row) {
               return draw() % 50 == 0 ? !clicked_[row] : clicked_[row];
             }));
  add_category("campaign", by_row<int32_t>([&](size_t row) {
                 return draw() % 50 == 0 ? !clicked_[row] : clicked_[row];
               }));
  add_category("id", by_row<int32_t>([&](size_t row) { return row; }));
  add_number("noise", by_row<float>([&](size_t) { return draw() % 1000; }));
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(ContextColumns, AreLookedAtInTheTestWindowAlone) {
  add_number("clicked_later", by_row<float>([&](size_t row) { return clicked_[row]; }));
  EXPECT_THAT(found(task::Window::train), IsEmpty());
}

TEST_F(ContextColumns, OfTooFewPositivesProveNothing) {
  int64_t left = kAnswersAtLeast - 1;
  for (size_t row = 0; row < clicked_.size(); ++row)
    table_.labels[0].flag[row] = clicked_[row] = clicked_[row] && left-- > 0;
  add_number("clicked_later", by_row<float>([&](size_t row) { return clicked_[row]; }));
  EXPECT_THAT(found(), IsEmpty());
}

}  // namespace
}  // namespace assay::dataset
