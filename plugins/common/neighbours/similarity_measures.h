#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Similarities of two rows of positives: cosine, Jaccard, asymmetric cosine, tf-idf, BM25.

#include <assay/params.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace assay::extra {

enum class Similarity { cosine, jaccard, asymmetric, tfidf, bm25 };
enum class Idf { smooth, plain };

/// Parameters of a similarity; a strategy's Params derive from it.
struct SimilarityParams {
  Similarity similarity = Similarity::cosine;
  double alpha = 0.5;
  Idf idf = Idf::smooth;
  double k1 = 1.2;
  double b = 0.75;
  double shrinkage = 0;
};

/// How similar two rows are, whose entries are what pairs count or what a TermWeighting makes of it:
///
///     cosine, tf-idf   c / (sqrt(s t) + shrinkage)
///     jaccard          c / (s + t - c + shrinkage)         |A and B| / |A or B| of sets
///     asymmetric       c / (s^(1 - alpha) t^alpha + shrinkage)
///     bm25             c
///
/// where c is the product of the rows and s and t the squared lengths of the source, which is in the
/// history, and of the target. Asymmetric cosine: Aiolli 2013, with alpha on the target; jaccard,
/// asymmetric and shrinkage as in the evaluations of Ferrari Dacrema et al. (2019).
class SimilarityMeasure {
 public:
  /// @param who  the strategy, for errors
  /// Throws InvalidInput where parameters do not go together.
  SimilarityMeasure(const SimilarityParams& params, const std::string& who);

  /// Whether rows hold weighted terms: tf-idf and BM25.
  bool weighs_terms() const {
    return params_.similarity == Similarity::tfidf || params_.similarity == Similarity::bm25;
  }
  /// 0 where a length is.
  double operator()(double common, double source_square, double target_square) const;

 private:
  SimilarityParams params_;
};

// Inline: a fit asks for every pair of items that have a user in common.
inline double SimilarityMeasure::operator()(double common, double source_square,
                                            double target_square) const {
  switch (params_.similarity) {
    case Similarity::cosine:
      return common / (std::sqrt(source_square * target_square) + params_.shrinkage);
    case Similarity::jaccard:
      return common / (source_square + target_square - common + params_.shrinkage);
    case Similarity::asymmetric:
      return common /
             (std::pow(source_square, 1 - params_.alpha) * std::pow(target_square, params_.alpha) +
              params_.shrinkage);
    case Similarity::tfidf: {
      const double length = std::sqrt(source_square * target_square) + params_.shrinkage;
      return length > 0 ? common / length : 0;  // a term that all rows have has an idf of 0
    }
    case Similarity::bm25:
      return common;
  }
  return 0;
}

/// What an entry becomes with tf-idf and BM25, as the library implicit has it. Rows are what is
/// compared, terms what they have in common: the items of user_knn, the users of item_knn.
///
///     tf-idf   x idf(term)
///     bm25     x idf(term) (k1 + 1) / (k1 (1 - b + b length / mean length) + x)
///
/// idf(term) = log(rows / (1 + rows with the term)), or log(rows / rows with the term); BM25 by
/// Robertson & Walker 1994. The length of a row is the sum of its entries; the mean is over all rows,
/// empty ones too.
class TermWeighting {
 public:
  TermWeighting() = default;
  /// @param lengths  of every row
  /// @param rows_with_term  of every term
  TermWeighting(const SimilarityParams& params, const std::vector<double>& lengths,
                const std::vector<int64_t>& rows_with_term);

  /// What BM25 adds to x for a row of that length.
  double damping(double length) const {
    return params_.k1 * (1 - params_.b + params_.b * length / mean_length_);
  }
  /// @param damping  of the row
  double operator()(int64_t term, double x, double damping) const {
    if (params_.similarity == Similarity::tfidf) return x * idf_[term];
    return idf_[term] * x * (params_.k1 + 1) / (damping + x);
  }

 private:
  SimilarityParams params_;
  double mean_length_ = 1;
  std::vector<double> idf_;
};

/// Declares the parameters of SimilarityParams.
/// @param rows   what is compared: "items" or "users"
/// @param terms  what they have in common: "users" or "items"
template <typename P>
void describe_similarity(ParamList<P>& p, const std::string& rows, const std::string& terms) {
  p.choice("similarity", static_cast<Similarity P::*>(&P::similarity),
           {{"cosine", Similarity::cosine},
            {"jaccard", Similarity::jaccard},
            {"asymmetric", Similarity::asymmetric},
            {"tfidf", Similarity::tfidf},
            {"bm25", Similarity::bm25}},
           "How alike two " + rows + " are. `cosine`; `jaccard`: the share of their " + terms +
               " that they have in common; `asymmetric`: cosine with `alpha`; `tfidf`: cosine "
               "where common " +
               terms +
               " count by `idf`; `bm25`: the same with `k1` and `b`, not scaled to a "
               "length of 1.");
  p.add("alpha", static_cast<double P::*>(&P::alpha),
        "asymmetric only: share of the target's length in the denominator, the source's is the "
        "rest. 0.5: cosine.")
      .range(0, 1)
      .tune(0, 1);
  p.choice("idf", static_cast<Idf P::*>(&P::idf),
           {{"log(N/(1+df))", Idf::smooth}, {"log(N/df)", Idf::plain}},
           "tfidf and bm25: how much one of the " + terms + " counts that has df of the N " + rows +
               ". `log(N/(1+df))` is that of implicit.");
  p.add("k1", static_cast<double P::*>(&P::k1),
        "bm25 only: from how many repetitions on more of them add little.")
      .range(0, 1e6)
      .tune_log(0.1, 100);
  p.add("b", static_cast<double P::*>(&P::b),
        "bm25 only: how far long rows are discounted. 0: not at all, 1: in proportion.")
      .range(0, 1)
      .tune(0, 1);
  p.add("shrinkage", static_cast<double P::*>(&P::shrinkage),
        "Added to the denominator of the similarity (bm25 has none): larger shrinks similarities "
        "that are based on few common " +
            terms + ".")
      .unit(terms)
      .at_least(0);
}

}  // namespace assay::extra
