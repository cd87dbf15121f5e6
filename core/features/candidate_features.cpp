#include "features/candidate_features.h"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <map>

#include "error/error.h"
#include "features/affinity.h"
#include "features/forms.h"

namespace assay::features {
namespace {

constexpr int64_t kMicrosecondsAnHour = 3'600'000'000;
constexpr int64_t kHoursADay = 24;
constexpr int64_t kDaysAWeek = 7;
constexpr int64_t kWeekdayOf1970 = 3;  // Thursday, Monday being 0

[[noreturn]] void refuse(const task::CandidateFeature& feature, const std::string& what) {
  throw error::UserError({{feature.where, "features.candidate: " + what, ""}});
}

const Feature& column_of(const FeatureTable& table, const std::string& owner,
                         const std::string& name, const task::CandidateFeature& feature) {
  if (const Feature* found = table.find(name)) return *found;
  std::vector<std::string> known;
  for (const Feature& column : table.columns) known.push_back(column.name);
  refuse(feature, fmt::format("{}:{} is not there{}", owner, name,
                              known.empty() ? fmt::format("; the {} has no features", owner)
                                            : error::did_you_mean(name, known)));
}

// A category or a set of the items.
const Feature& categories_of(const assay::Features& tables, const std::string& name,
                             const task::CandidateFeature& feature) {
  const Feature& out = column_of(tables.item, "item", name, feature);
  if (out.type != FeatureType::category && out.type != FeatureType::set)
    refuse(feature, feature.of.front() + " needs an item feature of categories");
  return out;
}

std::vector<int64_t> values_of(const at::Tensor& tensor) {
  const at::Tensor held = tensor.cpu().contiguous();
  const int64_t* const first = held.const_data_ptr<int64_t>();
  return {first, first + held.numel()};
}

std::vector<float> floats_of(const at::Tensor& tensor) {
  const at::Tensor held = tensor.cpu().contiguous();
  const float* const first = held.const_data_ptr<float>();
  return {first, first + held.numel()};
}

int64_t recall_stage(const std::string& number, const task::CandidateFeature& feature) {
  int64_t out = 0;
  const auto wrong = std::from_chars(number.data(), number.data() + number.size(), out).ec;
  if (wrong != std::errc()) refuse(feature, "source:" + number + " is beyond all recall stages");
  return out;
}

}  // namespace

/// A batch as plain arrays.
struct CandidateFeatures::Batch {
  Batch(const RequestBatch& of_requests, const CandidateBatch& of_candidates)
      : requests(of_requests),
        candidates(of_candidates),
        width(of_candidates.width()),
        user(values_of(of_requests.user)),
        time_us(values_of(of_requests.time_us)),
        item(values_of(of_candidates.item)) {
    for (int64_t row = 0; row < rows(); ++row) {
      const int64_t request = row / width;
      request_of.push_back(request);
      user_of.push_back(user[request]);
    }
  }
  int64_t rows() const { return std::ssize(item); }
  Moments moments() const { return {width, user, time_us, item}; }

  const RequestBatch& requests;
  const CandidateBatch& candidates;
  int64_t width;
  std::vector<int64_t> user, time_us, item;       // [B], [B], [B * K]
  std::vector<int64_t> request_of, user_of = {};  // [B * K]
};

CandidateFeatures::CandidateFeatures(const task::FeatureSetSpec& spec,
                                     const assay::Features& tables,
                                     std::shared_ptr<const LogIndex> log)
    : log_(std::move(log)) {
  for (const task::CandidateFeature& feature : spec.candidate) {
    if (const auto problem = task::feature_problem(feature)) refuse(feature, *problem);
    Column column{.spec = feature, .sources = {}};
    for (const std::string& name : feature.of)
      column.sources.push_back(source(name, feature, tables));
    columns_.push_back(std::move(column));
  }
}

void CandidateFeatures::expect_log(const std::string& name,
                                   const task::CandidateFeature& feature) const {
  if (!log_)
    refuse(feature, name + " counts events before the request, and the data have no times");
}

CandidateFeatures::Source CandidateFeatures::source(const std::string& name,
                                                    const task::CandidateFeature& feature,
                                                    const assay::Features& tables) const {
  using Kind = Source::Kind;
  const auto [owner, column] = task::source_parts(name);
  if (task::needs_times(name)) expect_log(name, feature);
  if (auto statistic = statistic_named(name)) {
    statistic->smoothing = feature.smoothing;
    return {.kind = Kind::statistic, .name = name, .statistic = *statistic};
  }
  if (owner == "user" || owner == "item") {
    const bool of_user = owner == "user";
    Feature table = column_of(of_user ? tables.user : tables.item, owner, column, feature);
    if (feature.form != task::FeatureForm::cross) table = formed(table, feature);
    return {.kind = of_user ? Kind::user : Kind::item, .name = name, .table = std::move(table)};
  }
  if (owner == "affinity" || owner == "interest") {
    const double half_life_days = owner == "interest" ? feature.half_life_days : 0;
    return {.kind = Kind::affinity,
            .name = name,
            .table = categories_of(tables, column, feature),
            .half_life_days = half_life_days};
  }
  if (owner == "source")
    return {.kind = Kind::recall, .name = name, .recall = recall_stage(column, feature)};
  if (owner == "context") return {.kind = Kind::context, .name = column};
  static const std::map<std::string, Kind> others = {{"hour", Kind::hour},
                                                     {"weekday", Kind::weekday},
                                                     {"score", Kind::score},
                                                     {"place", Kind::place}};
  return {.kind = others.at(name), .name = name};
}

namespace {

Feature clock_column(const std::string& name, int64_t size, const std::vector<int64_t>& time_us,
                     const std::vector<int64_t>& request_of) {
  Feature out = categories(name, std::ssize(request_of), size);
  for (int64_t n = 0; n < size; ++n) out.labels.push_back(std::to_string(n));
  auto* const to = out.values.mutable_data_ptr<int32_t>();
  for (size_t row = 0; row < request_of.size(); ++row) {
    const int64_t at = time_us[request_of[row]];
    if (at < 0) continue;
    const int64_t hours = at / kMicrosecondsAnHour;
    const int64_t code = size == kHoursADay ? hours % kHoursADay
                                            : (hours / kHoursADay + kWeekdayOf1970) % kDaysAWeek;
    to[row] = static_cast<int32_t>(code);
  }
  return out;
}

Feature recall_score(const std::string& name, const CandidateBatch& candidates, int64_t source) {
  Feature out = numbers(name, candidates.item.numel());
  if (!candidates.source_score || source >= candidates.source_score->size(2)) return out;
  const std::vector<float> score = floats_of(candidates.source_score->select(2, source));
  std::ranges::copy(score, out.values.mutable_data_ptr<float>());
  return out;
}

// Of each candidate what `value` says of its row; padding has none.
template <typename Value>
Feature of_candidates(const std::string& name, const std::vector<int64_t>& item,
                      const Value& value) {
  Feature out = numbers(name, std::ssize(item));
  auto* const to = out.values.mutable_data_ptr<float>();
  for (size_t row = 0; row < item.size(); ++row)
    if (item[row] >= 0) to[row] = value(row);
  return out;
}

Feature on_cpu(Feature feature) {
  if (feature.values.defined()) feature.values = feature.values.cpu();
  if (feature.sets.offsets.defined()) feature.sets = feature.sets.to(at::kCPU);
  return feature;
}

}  // namespace

Feature CandidateFeatures::values(const Source& source, const task::CandidateFeature& feature,
                                  const Batch& batch) const {
  using Kind = Source::Kind;
  switch (source.kind) {
    case Kind::user:
      return at_rows(source.table, batch.user_of);
    case Kind::item:
      return at_rows(source.table, batch.item);
    case Kind::context:
      return context(source, feature, batch);
    case Kind::hour:
      return clock_column(source.name, kHoursADay, batch.time_us, batch.request_of);
    case Kind::weekday:
      return clock_column(source.name, kDaysAWeek, batch.time_us, batch.request_of);
    case Kind::recall:
      return recall_score(source.name, batch.candidates, source.recall);
    case Kind::score:
      return of_candidates(
          source.name, batch.item,
          [score = floats_of(batch.candidates.score)](size_t row) { return score[row]; });
    case Kind::place:
      return of_candidates(source.name, batch.item, [width = batch.width](size_t row) {
        return static_cast<float>(1 + row % static_cast<size_t>(width));
      });
    default:
      break;
  }
  Feature out = numbers(source.name, batch.rows());
  if (source.kind == Kind::affinity)
    fill_affinity(*log_, source.table, source.half_life_days, batch.moments(),
                  out.values.mutable_data_ptr<float>());
  return out;
}

// Of the row where the log has one for each candidate, else of the request.
Feature CandidateFeatures::context(const Source& source, const task::CandidateFeature& feature,
                                   const Batch& batch) const {
  if (const Feature* of_row = batch.candidates.features.find(source.name)) return on_cpu(*of_row);
  const FeatureTable& table = batch.requests.context;
  return at_rows(on_cpu(column_of(table, "context", source.name, feature)), batch.request_of);
}

FeatureTable CandidateFeatures::operator()(const RequestBatch& requests,
                                           const CandidateBatch& candidates) const {
  using Kind = Source::Kind;
  const Batch batch(requests, candidates);
  // All statistics in one pass: they share the look-ups.
  std::vector<StatisticColumn> statistics;
  std::vector<std::vector<Feature>> values_of_columns;
  for (const Column& column : columns_) {
    std::vector<Feature>& of = values_of_columns.emplace_back();
    for (const Source& source : column.sources) {
      of.push_back(values(source, column.spec, batch));
      if (source.kind != Kind::statistic) continue;
      statistics.push_back(source.statistic);
      statistics.back().to = of.back().values.mutable_data_ptr<float>();
    }
  }
  if (!statistics.empty()) fill_statistics(*log_, batch.moments(), statistics);

  FeatureTable out{.rows = batch.rows(), .columns = {}};
  for (size_t n = 0; n < columns_.size(); ++n) {
    const task::CandidateFeature& spec = columns_[n].spec;
    const Kind kind = columns_[n].sources.front().kind;
    if (spec.form == task::FeatureForm::cross)
      out.columns.push_back(crossed(values_of_columns[n], spec));
    else if (kind == Kind::user || kind == Kind::item)
      out.columns.push_back(std::move(values_of_columns[n].front()));  // formed already
    else
      out.columns.push_back(formed(values_of_columns[n].front(), spec));
  }
  return out;
}

}  // namespace assay::features
