#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "ingest/table_formats.h"
#include "ingest/text.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

/// The number of a line "123:"; empty of any other.
std::string_view movie_of(std::string_view line) {
  if (line.size() < 2 || line.back() != ':') return {};
  line.remove_suffix(1);
  const bool digits = line.find_first_not_of("0123456789") == std::string_view::npos;
  return digits ? line : std::string_view();
}

/// Ratings below the lines of their movies.
class NetflixTable : public Table {
 public:
  explicit NetflixTable(const std::string& path) : Table(path, nullptr), lines_(TextFile(path)) {
    set_names({"movie_id", "customer_id", "rating", "date"});
  }

  bool next() override {
    std::string_view line;
    do {
      if (!lines_.next(line)) return false;
      if (const std::string_view movie = movie_of(line); !movie.empty()) {
        movie_ = movie;
        line = {};
      }
    } while (line.empty());
    row_ = lines_.number();
    split_fields(line, ',', fields_);
    if (movie_.empty()) {
      throw error::UserError(
          origin().text(), fmt::format("is {}, before any movie; expected a line such as \"123:\"",
                                       in_quotes(line)));
    }
    if (fields_.size() == 3) return true;
    throw error::UserError(
        origin().text(),
        fmt::format("is {}; expected a movie, \"123:\", or \"customer,rating,date\"",
                    in_quotes(line)));
  }

  Cell cell(int column) override {
    const std::string_view text =
        column == 0 ? std::string_view(movie_) : fields_[static_cast<size_t>(column - 1)];
    return {text.empty() ? Cell::Kind::missing : Cell::Kind::text, text};
  }

 private:
  LineReader lines_;
  std::string movie_;
  std::vector<std::string_view> fields_;
};

}  // namespace

std::unique_ptr<Table> open_netflix(const std::string& path) {
  return std::make_unique<NetflixTable>(path);
}

}  // namespace assay::ingest
