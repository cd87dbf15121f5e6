#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ope/logged.h"
#include "ope/read_block.h"

namespace assay::ope {

/// Rows of a log that hold what they may not, kind by kind.
class BadRows {
 public:
  /// Notes the row; of each kind the first rows and the first value found are told.
  /// @param kind  "propensity is 0 or below"
  void note(const std::string& kind, const std::string& what_to_do, int64_t row, double found);
  bool none() const { return kinds_.empty(); }
  /// Throws UserError with a problem a kind, unless there are none.
  /// @param source  as Options::source
  void throw_if_any(const std::string& source) const;

 private:
  struct Kind {
    std::string name, what_to_do;
    int64_t count = 0;
    std::vector<int64_t> rows;
    double first_found = 0.0;
  };
  std::vector<Kind> kinds_;
};

/// Notes every number of the columns that may not be.
template <typename Number>
void note_bad_rows(const Columns<Number>& columns, const RewardBounds& bounds, BadRows& bad);

/// The rules of one number each; `row` is what the message calls it.
void note_bad_reward(double reward, const RewardBounds& bounds, int64_t row, BadRows& bad);
void note_bad_propensity(double propensity, int64_t row, BadRows& bad);
void note_bad_policy(double policy, int64_t row, BadRows& bad);
void note_bad_model(const char* name, double number, int64_t row, BadRows& bad);

}  // namespace assay::ope
