#include <fmt/format.h>

#include "error/error.h"
#include "ingest/impression_formats.h"
#include "ingest/text.h"

namespace assay::ingest {
namespace {

enum Column { kRequest, kUser, kTime, kItem, kClicked };

class MindTable : public Table {
 public:
  explicit MindTable(const std::string& path)
      : Table(path, nullptr),
        lines_(open_table(
            path, {.name = "delimited",
                   .separator = "\t",
                   .names = {"impression_id", "user_id", "time", "history", "impressions"}})) {
    set_names({"impression_id", "user_id", "time", "item", "clicked"});
  }

  bool next() override {
    while (next_ == shown_.size()) {
      if (!lines_->next()) return false;
      row_ = lines_->origin().line;
      split_words(lines_->cell(4).text, shown_);
      next_ = 0;
      if (shown_.empty())
        throw error::UserError(origin().text(),
                               "impressions is empty; expected news with their clicks: N1-0 N2-1");
    }
    const std::string_view member = shown_[next_++];
    const size_t dash = member.rfind('-');
    const std::string_view clicked =
        dash == std::string_view::npos ? std::string_view() : member.substr(dash + 1);
    if (dash == 0 || (clicked != "0" && clicked != "1"))
      throw error::UserError(
          origin().text(),
          fmt::format("impressions holds {}; expected news with their clicks: N1-0 N2-1 (the test "
                      "set of MIND has none)",
                      in_quotes(member)));
    item_ = member.substr(0, dash);
    clicked_ = clicked == "1";
    return true;
  }

  Cell cell(int column) override {
    if (column == kItem) return {.kind = Cell::Kind::text, .text = item_};
    if (column == kClicked) return {.kind = Cell::Kind::integer, .integer = clicked_};
    return lines_->cell(column);
  }

 private:
  std::unique_ptr<Table> lines_;
  std::vector<std::string_view> shown_;
  size_t next_ = 0;
  std::string_view item_;
  bool clicked_ = false;
};

}  // namespace

std::unique_ptr<Table> open_mind(const std::string& path) {
  return std::make_unique<MindTable>(path);
}

}  // namespace assay::ingest
