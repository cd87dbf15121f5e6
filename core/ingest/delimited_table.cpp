#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "ingest/table_formats.h"
#include "ingest/text.h"
#include "ingest/text_file.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

// ISO 8859-1 to UTF-8.
std::string as_utf8(std::string_view latin1) {
  std::string out;
  for (const char c : latin1) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) out.push_back(static_cast<char>(0xC0 | (byte >> 6)));
    out.push_back(byte < 0x80 ? c : static_cast<char>(0x80 | (byte & 0x3F)));
  }
  return out;
}

/// Fields between separators: a quote is a character as any other.
class DelimitedTable : public Table {
 public:
  DelimitedTable(const std::string& path, const TableFormat& format)
      : Table(path, nullptr),
        separator_(format.separator),
        latin1_(format.latin1),
        rest_(format.rest),
        lines_(TextFile(path)),
        has_header_(format.names.empty()) {
    if (!has_header_) {
      if (format.name == "tsv") check_first_line(format.names);
      names_columns_ = format.name == "tsv" ? "source.header names" : "the format has";
      width_ = format.names.size();
      std::vector<std::string> names = format.names;
      if (!format.flags.empty()) names.push_back("genres");
      set_names(std::move(names));
      for (const std::string& flag : format.flags) flags_.push_back(find(flag));
      return;
    }
    std::string_view line;
    if (!lines_.next(line) || line.empty())
      throw error::UserError(path, "is empty; expected a header line");
    split(line);
    width_ = fields_.size();
    set_names({fields_.begin(), fields_.end()});
  }
  std::string header_place() const override { return has_header_ ? place(path_, 1) : path_; }

  bool next() override {
    std::string_view line;
    do {
      if (!lines_.next(line)) return false;
    } while (line.empty());
    row_ = lines_.number();
    split(line);
    if (fields_.size() == width_) return true;
    throw error::UserError(origin().text(),
                           fmt::format("the row has {} fields, {} {}; it begins {}", fields_.size(),
                                       names_columns_, width_, in_quotes(line)));
  }

  Cell cell(int column) override {
    if (column == static_cast<int>(width_)) return raised_flags();
    const std::string_view text = fields_[column];
    return {text.empty() ? Cell::Kind::missing : Cell::Kind::text, text};
  }

 private:
  void check_first_line(const std::vector<std::string>& header) {
    std::string_view line;
    LineReader lines{TextFile(path_)};
    if (!lines.next(line)) throw error::UserError(path_, "is empty");
    split(line);
    check_no_header(path_, {fields_.begin(), fields_.end()}, header);
  }

  Cell raised_flags() {
    raised_.clear();
    for (const int flag : flags_) {
      if (fields_[flag] == "1") raised_.push_back({Cell::Kind::text, names_[flag]});
    }
    return {Cell::Kind::list, {}, 0, 0, raised_};
  }

  void split(std::string_view line) {
    if (latin1_ && !text::is_utf8(line)) {
      converted_ = as_utf8(line);
      line = converted_;
    }
    fields_.clear();
    for (;;) {
      const bool is_rest = rest_ && fields_.size() + 1 == width_;
      const size_t end = is_rest ? std::string_view::npos : line.find(separator_);
      fields_.push_back(line.substr(0, end));
      if (end == std::string_view::npos) return;
      line.remove_prefix(end + separator_.size());
    }
  }

  std::string separator_;
  bool latin1_, rest_;
  LineReader lines_;
  bool has_header_;
  const char* names_columns_ = "the header names";
  size_t width_ = 0;  // fields of a row
  std::vector<int> flags_;
  std::vector<Cell> raised_;
  std::string converted_;
  std::vector<std::string_view> fields_;
};

}  // namespace

std::unique_ptr<Table> open_delimited(const std::string& path, const TableFormat& format) {
  return std::make_unique<DelimitedTable>(path, format);
}

}  // namespace assay::ingest
