#include "page/html_report.h"

#include <string_view>

#include "page/page_assets.h"
#include "page/page_data.h"
#include "report/comparison.h"

namespace assay::page {

namespace {

/// Text between tags.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

/// JSON inside <script>: no "<" may stand there, because "</script" would end it.
std::string script_json(const nlohmann::json& data) {
  std::string out;
  const auto replace = nlohmann::json::error_handler_t::replace;
  for (const char c : data.dump(-1, ' ', false, replace)) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

/// Puts `text` at the place of "{{name}}".
void fill(std::string& page, const std::string& name, std::string_view text) {
  const std::string place = "{{" + name + "}}";
  const size_t at = page.find(place);
  if (at != std::string::npos) page.replace(at, place.size(), text);
}

}  // namespace

bool report_has_charts() { return !page::page_assets().charts.empty(); }

std::string html_report(const results::Database& database, const ReportOptions& options) {
  report::CompareOptions compare;
  compare.run = options.run;
  compare.shown_path = options.shown_path;
  const report::Comparison comparison = report::read_comparison(database, compare);
  const page::PageAssets assets = page::page_assets();
  std::string page(assets.page);
  // The scripts come first: what they and the data hold is not searched for further places.
  fill(page, "title", escaped(comparison.run.info.row.experiment));
  fill(page, "style", assets.style);
  const std::string data = script_json(page::page_data(comparison, results::Reader(database)));
  const size_t scripts = page.find("{{charts}}");
  std::string tail = page.substr(scripts);
  page.resize(scripts);
  fill(tail, "script", assets.script);
  fill(tail, "data", data);
  fill(tail, "charts", assets.charts);
  return page + tail;
}

}  // namespace assay::page
