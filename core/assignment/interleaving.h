#pragma once

/// Lists that are mixed of those of several rankers, so that clicks tell which one users prefer: the
/// same user sees both, which needs far fewer of them than an A/B test does (Chapelle, Joachims,
/// Radlinski & Yue 2012).

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace assay::assignment {

using RankedList = std::vector<int64_t>;  ///< items, best first, no item twice

/// Uniform numbers in [0, 1), one a call: a seeded generator, or every possible sequence in a test.
using Draw = std::function<double()>;

struct Interleaved {
  RankedList items;
  std::vector<int> team;  ///< of each item, the ranker that put it there; empty: none did alone
};

/// Balanced interleaving of two lists (Joachims 2003): one coin says who begins, then each in turn
/// brings its next item, unless that is there already. Favours the longer-sighted list where one is
/// the other one shifted, so it is for comparison with others.
/// @param length  of the result, at most; it is shorter where the lists run out
Interleaved balanced(const RankedList& a, const RankedList& b, size_t length, const Draw& draw);

/// Team-draft interleaving of two lists (Radlinski, Kurup & Joachims 2008), and multileaving of more
/// (Schuth, Sietsma, Whiteson, Lefortier & de Rijke 2014): in each round every ranker, in random
/// order, brings its best item that is not there yet.
/// @param lists  at least two, else an InternalError
Interleaved team_draft(std::span<const RankedList> lists, size_t length, const Draw& draw);

/// Probabilistic interleaving (Hofmann, Whiteson & de Rijke 2011), and multileaving (Schuth et al.
/// 2015): a ranker is drawn for each place, and of its list an item with a probability that falls
/// with its rank r as r^-tau. Every list can come out, so that credit can be given by expectation.
Interleaved probabilistic(std::span<const RankedList> lists, size_t length, const Draw& draw,
                          double tau = 3.0);

// Credit: one number a ranker, of one list with its clicks (1 or 0 each, as many as items).

/// Clicks among the items that both rankers would have shown down to the lowest click, of each
/// (Joachims 2003): {a, b}.
std::vector<double> balanced_credit(const RankedList& a, const RankedList& b,
                                    const RankedList& shown, std::span<const char> clicks);

/// Clicks on the items of each team.
std::vector<double> team_credit(const Interleaved& shown, size_t rankers,
                                std::span<const char> clicks);

/// Of each click the probability that the item there was each ranker's, given the list: less noise
/// than the teams that happened to be drawn (Hofmann et al. 2011).
std::vector<double> probabilistic_credit(std::span<const RankedList> lists, const RankedList& shown,
                                         std::span<const char> clicks, double tau = 3.0);

/// Which of two rankers users prefer, over many lists.
struct Preference {
  int64_t wins_a = 0, wins_b = 0, ties = 0;

  void add(std::span<const double> credit);
  /// (wins of b + ties / 2) / lists - 1/2: above 0 where b is preferred (Chapelle et al. 2012). 0
  /// where there are no lists.
  double advantage_of_b() const;
  /// Of "neither is preferred": the sign test of the lists that are no ties, exact.
  double p() const;
};

}  // namespace assay::assignment
