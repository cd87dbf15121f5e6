#include "dataset/telling_context.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <span>
#include <utility>

#include "text/thousands.h"

namespace assay::dataset {
namespace {

/// Places of a column in the test window, and whether the answer there was positive.
struct Answers {
  std::vector<int64_t> place;  // rows, or requests
  std::vector<uint8_t> positive;

  void add(int64_t at, bool is_positive) {
    place.push_back(at);
    positive.push_back(is_positive ? 1 : 0);
  }
  int64_t positives() const { return std::ranges::count(positive, 1); }
  bool prove() const {
    const int64_t others = std::ssize(positive) - positives();
    return positives() >= kAnswersAtLeast && others >= kAnswersAtLeast;
  }
};

// Of rows whose label is known, and of requests that have such rows.
std::pair<Answers, Answers> answers_of(const LoggedRows& rows) {
  Answers of_rows, of_requests;
  const LabelView& label = rows.table.labels().front();
  const auto offsets = rows.table.offsets();
  for (int64_t request = 0; request < rows.table.requests(); ++request) {
    if (rows.window[request] != static_cast<uint8_t>(task::Window::test)) continue;
    bool known = false, any = false;
    for (int64_t row = offsets[request]; row < offsets[request + 1]; ++row) {
      if (label.missing(row)) continue;
      of_rows.add(row, label.positive(row));
      known = true;
      any = any || label.positive(row);
    }
    if (known) of_requests.add(request, any);
  }
  return {std::move(of_rows), std::move(of_requests)};
}

std::vector<double> numbers_at(const ContextView& column, const Answers& answers) {
  std::vector<double> out;
  for (const int64_t at : answers.place) {
    const double value = column.number[at];
    out.push_back(std::isnan(value) ? -std::numeric_limits<double>::infinity() : value);
  }
  return out;
}

// The share of positives among the others of the same category; without others that of all.
std::vector<double> shares_of_others(const ContextView& column, const Answers& answers) {
  struct Count {
    double answers = 0, positives = 0;
  };
  std::map<int32_t, Count> counts;
  for (size_t n = 0; n < answers.place.size(); ++n) {
    Count& count = counts[column.code[answers.place[n]]];
    ++count.answers;
    count.positives += answers.positive[n];
  }
  const double all = static_cast<double>(answers.positives()) / std::ssize(answers.place);
  std::vector<double> out;
  for (size_t n = 0; n < answers.place.size(); ++n) {
    const Count& count = counts[column.code[answers.place[n]]];
    out.push_back(
        count.answers < 2 ? all : (count.positives - answers.positive[n]) / (count.answers - 1));
  }
  return out;
}

// The area under the ROC curve: how often a positive is above one that is not, ties counted half
// (Mann & Whitney 1947).
double area(const std::vector<double>& value, const Answers& answers) {
  std::vector<size_t> order(value.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](size_t n) { return value[n]; });
  double below = 0, above = 0;
  for (size_t begin = 0; begin < order.size();) {
    size_t end = begin;
    double positives = 0;
    for (; end < order.size() && value[order[end]] == value[order[begin]]; ++end)
      positives += answers.positive[order[end]];
    const double others = static_cast<double>(end - begin) - positives;
    above += positives * (below + others / 2);
    below += others;
    begin = end;
  }
  return above / (static_cast<double>(answers.positives()) * below);
}

std::string text_of(const ContextView& column, const std::string& label, const Answers& answers,
                    double found) {
  const auto positives = answers.positives();
  return fmt::format(
      "context column {} tells the label {}: area under the ROC curve {:.4f} over {} positive and "
      "{} "
      "other {} of the test window, so it was known after the answer",
      column.name, label, found, text::thousands(positives),
      text::thousands(std::ssize(answers.positive) - positives),
      column.of_request ? "requests" : "rows");
}

}  // namespace

std::vector<TellingContext> telling_context(const LoggedRows& rows) {
  std::vector<TellingContext> out;
  if (rows.table.context().empty() || rows.window.empty()) return out;
  const auto [of_rows, of_requests] = answers_of(rows);
  for (const ContextView& column : rows.table.context()) {
    const Answers& answers = column.of_request ? of_requests : of_rows;
    if (!answers.prove()) continue;
    double found = 0;
    if (column.is_category) {
      found = area(shares_of_others(column, answers), answers);
    } else {
      found = area(numbers_at(column, answers), answers);
      found = std::max(found, 1 - found);
    }
    if (found < kTells) continue;
    out.push_back({column.name, text_of(column, rows.table.labels().front().name, answers, found)});
  }
  return out;
}

}  // namespace assay::dataset
