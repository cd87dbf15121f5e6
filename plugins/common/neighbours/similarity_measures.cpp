#include <assay/error.h>
#include <assay/extra/neighbours/similarity_measures.h>

#include <cmath>
#include <numeric>

namespace assay::extra {

SimilarityMeasure::SimilarityMeasure(const SimilarityParams& params, const std::string& who)
    : params_(params) {
  if (params.similarity != Similarity::bm25 || params.shrinkage == 0) return;
  throw InvalidInput(who +
                     ": shrinkage is set with similarity: bm25, which has no denominator that it "
                     "could be added to. Leave shrinkage out, or take similarity: tfidf.");
}

TermWeighting::TermWeighting(const SimilarityParams& params, const std::vector<double>& lengths,
                             const std::vector<int64_t>& rows_with_term)
    : params_(params) {
  const auto rows = static_cast<double>(lengths.size());
  const double total = std::accumulate(lengths.begin(), lengths.end(), 0.0);
  if (total > 0) mean_length_ = total / rows;
  const double more = params.idf == Idf::smooth ? 1 : 0;
  idf_.reserve(rows_with_term.size());
  for (const int64_t with : rows_with_term)
    idf_.push_back(with > 0 ? std::log(rows / (more + static_cast<double>(with))) : 0);
}

}  // namespace assay::extra
