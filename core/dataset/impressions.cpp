#include "dataset/impressions.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "error/error.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

std::string context_tensor(const std::string& name, bool of_request) {
  return fmt::format("{}.context.{}", of_request ? "request" : "row", name);
}

template <typename T, size_t kMost>
void add_if_any(SafetensorsWriter& out, const char* name, const LargeVector<T, kMost>& values) {
  if (!values.empty()) out.add(name, values);
}

}  // namespace

void add_impressions(SafetensorsWriter& out, const ImpressionTable& table) {
  out.add("request.user", table.user);
  out.add("request.offsets", table.offsets);
  out.add("row.item", table.item);
  add_if_any(out, "request.time_us", table.time_us);
  add_if_any(out, "request.window", table.window);
  add_if_any(out, "row.position", table.position);
  add_if_any(out, "row.propensity", table.propensity);
  for (const ImpressionLabel& label : table.labels) {
    const std::string name = "row.label." + label.name;
    if (label.is_value)
      out.add(name, label.value);
    else
      out.add(name, label.flag);
  }
  for (const ImpressionContext& column : table.context) {
    const std::string name = context_tensor(column.name, column.of_request);
    if (!column.is_category) {
      out.add(name, column.number);
      continue;
    }
    out.add(name, column.code);
    out.add_text(name + ".labels", name + ".labels.offsets", column.labels.view());
  }
  if (table.allowed_set.empty()) return;
  out.add("allowed.set", table.allowed_set);
  out.add("allowed.values", table.allowed_values);
  out.add("allowed.offsets", table.allowed_offsets);
}

json context_info(const ImpressionTable& table) {
  json out = json::array();
  for (const ImpressionContext& column : table.context)
    out.push_back({{"name", column.name},
                   {"of", column.of_request ? "request" : "row"},
                   {"type", column.is_category ? "category" : "number"},
                   {"cardinality", column.labels.size()}});
  return out;
}

bool LabelView::missing(int64_t row) const {
  return is_value() ? std::isnan(value[row]) : flag[row] == kLabelMissing;
}

float LabelView::number(int64_t row) const {
  if (is_value()) return value[row];
  return missing(row) ? std::numeric_limits<float>::quiet_NaN() : static_cast<float>(flag[row]);
}

Impressions Impressions::open(const std::string& path) {
  Impressions out;
  out.file_ = SafetensorsFile::open(path);
  out.info_ = json::parse(out.file_.note("info"), nullptr, false);
  if (!out.info_.is_object() || !out.file_.has("request.offsets"))
    throw error::UserError(path, "is damaged: it holds no impressions");
  for (const json& label : out.info_.at("labels")) {
    LabelView view{label.at("name").get<std::string>(), {}, {}};
    const std::string name = "row.label." + view.name;
    if (label.at("kind") == "value")
      view.value = out.file_.array<float>(name);
    else
      view.flag = out.file_.array<uint8_t>(name);
    out.labels_.push_back(std::move(view));
  }
  for (const json& column : out.info_.at("context")) {
    ContextView view{column.at("name").get<std::string>(), column.at("of") == "request",
                     column.at("type") == "category"};
    const std::string name = context_tensor(view.name, view.of_request);
    if (!view.is_category) {
      view.number = out.file_.array<float>(name);
    } else {
      view.code = out.file_.array<int32_t>(name);
      view.labels = {out.file_.array<char>(name + ".labels"),
                     out.file_.array<int64_t>(name + ".labels.offsets")};
    }
    out.context_.push_back(std::move(view));
  }
  return out;
}

std::span<const int32_t> Impressions::allowed(int32_t set) const {
  const auto offsets = file_.array<int64_t>("allowed.offsets");
  return file_.array<int32_t>("allowed.values")
      .subspan(offsets[set], offsets[set + 1] - offsets[set]);
}

int64_t Impressions::allowed_sets() const {
  if (!file_.has("allowed.offsets")) return 0;
  return static_cast<int64_t>(file_.array<int64_t>("allowed.offsets").size()) - 1;
}

TextView Impressions::ids(const std::string& kind) const {
  return {file_.array<char>(kind + ".id.text"), file_.array<int64_t>(kind + ".id.offsets")};
}

}  // namespace assay::dataset
