#pragma once

/// Context columns of logged rows that only the answer could have told: whether the user clicked, what
/// was paid, how long somebody stayed, written beside the row once it was known.
///
/// A column is compared with the first label over the rows (requests) of the test window that know
/// it; of a request it is whether any of its rows is positive. A number is looked at as it is, a
/// missing one as lower than all others. Instead of a category it is the share of positives among the
/// *others* of that category, so that categories of one say nothing. A column tells the label where
/// the area under the ROC curve is at least kTells, in either direction for numbers: what is known
/// before an answer predicts it, but not almost always. docs/data.md says what was tried.

#include <string>
#include <vector>

#include "dataset/logged_rows.h"

namespace assay::dataset {

inline constexpr double kTells = 0.999;
/// Fewer positives, or fewer others, prove nothing.
inline constexpr int64_t kAnswersAtLeast = 20;

/// A column that knows the answer.
struct TellingContext {
  std::string name;
  std::string text;  ///< "context column paid tells the label click: ..."
};

std::vector<TellingContext> telling_context(const LoggedRows& rows);

}  // namespace assay::dataset
