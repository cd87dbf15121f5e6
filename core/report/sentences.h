#pragma once

#include <string>
#include <vector>

#include "report/comparison.h"

namespace assay::report {

/// Maximum number of variants with a sentence where not all are asked for; the others are summarised.
inline constexpr size_t kMostSentences = 8;

/// The verdicts in words, best variant first, one sentence each:
/// "ease is better than control on ndcg@10: +0.009 [0.004, 0.014], n = 943; not slower."
/// What is not the primary metric gets no verdict, and the sentence says that it is exploratory.
/// Where nothing was compared (one variant, a baseline without results) the only sentence says so.
/// Unwrapped, without a newline.
/// @param most  variants with a sentence
std::vector<std::string> sentences(const Comparison& comparison, size_t most = kMostSentences);

/// What a sentence on a variant says after the verdict, one clause each, about the guardrails and
/// what else differs: "it is slower (p99 2.4 ms against 1.9 ms, +26 %, above the guardrail of 10
/// %)", "its lists are more diverse (+0.081 [0.078, 0.085] intra-list distance@10)".
struct Clause {
  std::string text;
  std::string alone;   ///< how it reads as the only clause ("not slower"); empty: as `text`
  bool alarm = false;  ///< a broken guardrail
};

std::vector<Clause> side_clauses(const Comparison& comparison, const std::string& variant);

}  // namespace assay::report
