#pragma once

/// Settings of an experiment that are one word out of a few. Files, databases and identities know
/// them by the texts below; code knows them by enumerators, so that a misspelt one does not
/// compile.

#include <assay/params.h>

#include "task/names.h"

namespace assay::task {

/// The parts of the log, in time's order. Recall learns from `train`, learned rank stages from
/// `rank`, tuning and early stopping look at `validation`, and the answer is read from `test`.
enum class Window { train, rank, validation, test };

/// How the log is cut into windows (dataset/split.h).
enum class SplitMethod {
  global_time,
  walk_forward,
  per_user_time,
  leave_last_out,
  leave_k_out,
  random,
  cold_users,
  cold_items,
  given,
  row_hash
};

/// Where time is cut: equal times stay on one side, or the share is exact.
enum class SplitBoundary { time, row };

/// Which events are split.
enum class SplitOver { all, positives };

/// Which events a filter counts: those of the training window, or all (audited).
enum class FilterScope { train, all };

/// Which users or items of the truth are evaluated: warm ones have a training event, cold ones none.
enum class Population { all, warm, cold };

/// What makes a request (dataset/requests.h).
enum class RequestUnit { per_user, per_event, per_session, logged };

/// What later stages choose from: what recall retrieved, of all items or of those that the request
/// allows, or the rows that were logged.
enum class CandidateSource { retrieved, logged, allowed };

/// The lists that stand for recall where candidates are logged rows: no name of imported lists can
/// hold a blank.
inline constexpr std::string_view kLoggedRows = "logged rows";

/// Which of equal scores of an imported ranked list comes first: the earlier line, the smaller rank,
/// or the id that is larger in its bytes, as trec_eval has it.
enum class ListTies { file, rank, docno_descending };

/// A load under which variants are timed.
enum class ScenarioKind { single_stream, offline, server };

/// How several recall sources become one candidate list (pipeline/merge.h). `none`: there is one
/// source, and nothing to merge.
enum class MergeMethod { reciprocal_rank, weighted_score, round_robin, quota, none };

/// What weighted_score does to the scores of a source in each request: worst 0 and best 1, mean 0
/// and deviation 1, or nothing.
enum class ScoreScaling { minmax, z, none };

/// Where a file does not say: k0 of reciprocal_rank (Cormack et al. 2009), and the scaling of
/// weighted_score.
inline constexpr double kDefaultMergeK0 = 60;
inline constexpr ScoreScaling kDefaultScoreScaling = ScoreScaling::minmax;

/// Where a worker computes. `automatic` stands in files only: the coordinator resolves it before
/// anything is planned.
enum class Device { automatic, cpu, cuda };

/// How a tuning chooses what to try next (tuning/).
enum class TuneMethod { tpe, asha, random, grid };

/// With which probabilities a variant would have acted on a logged request: those of its last stage
/// that has any (action_probability), a softmax of its scores, or its best item with probability
/// 1 - epsilon and any of the allowed ones else.
enum class PolicyKind { stages, softmax, epsilon_greedy };

template <>
struct Names<PluginKind> {
  static constexpr std::string_view what = "kind of a plugin";
  static constexpr std::array table{
      Name{PluginKind::recall, "recall"}, Name{PluginKind::rank, "rank"},
      Name{PluginKind::rerank, "rerank"}, Name{PluginKind::metric, "metric"}};
};

template <>
struct Names<Window> {
  static constexpr std::string_view what = "window";
  static constexpr std::array table{Name{Window::train, "train"}, Name{Window::rank, "rank"},
                                    Name{Window::validation, "validation"},
                                    Name{Window::test, "test"}};
};

template <>
struct Names<TuneMethod> {
  static constexpr std::string_view what = "tune.method";
  static constexpr std::array table{Name{TuneMethod::tpe, "tpe"}, Name{TuneMethod::asha, "asha"},
                                    Name{TuneMethod::random, "random"},
                                    Name{TuneMethod::grid, "grid"}};
};

template <>
struct Names<PolicyKind> {
  static constexpr std::string_view what = "policy.kind";
  static constexpr std::array table{Name{PolicyKind::stages, "stages"},
                                    Name{PolicyKind::softmax, "softmax"},
                                    Name{PolicyKind::epsilon_greedy, "epsilon_greedy"}};
};

template <>
struct Names<SplitMethod> {
  static constexpr std::string_view what = "split.method";
  static constexpr std::array table{Name{SplitMethod::global_time, "global_time"},
                                    Name{SplitMethod::walk_forward, "walk_forward"},
                                    Name{SplitMethod::per_user_time, "per_user_time"},
                                    Name{SplitMethod::leave_last_out, "leave_last_out"},
                                    Name{SplitMethod::leave_k_out, "leave_k_out"},
                                    Name{SplitMethod::random, "random"},
                                    Name{SplitMethod::cold_users, "cold_users"},
                                    Name{SplitMethod::cold_items, "cold_items"},
                                    Name{SplitMethod::given, "given"},
                                    Name{SplitMethod::row_hash, "row_hash"}};
};

template <>
struct Names<SplitBoundary> {
  static constexpr std::string_view what = "split.boundary";
  static constexpr std::array table{Name{SplitBoundary::time, "time"},
                                    Name{SplitBoundary::row, "row"}};
};

template <>
struct Names<SplitOver> {
  static constexpr std::string_view what = "split.over";
  static constexpr std::array table{Name{SplitOver::all, "all"},
                                    Name{SplitOver::positives, "positives"}};
};

template <>
struct Names<FilterScope> {
  static constexpr std::string_view what = "filter.scope";
  static constexpr std::array table{Name{FilterScope::train, "train"},
                                    Name{FilterScope::all, "all"}};
};

template <>
struct Names<Population> {
  static constexpr std::string_view what = "evaluate_on";
  static constexpr std::array table{Name{Population::all, "all"}, Name{Population::warm, "warm"},
                                    Name{Population::cold, "cold"}};
};

template <>
struct Names<RequestUnit> {
  static constexpr std::string_view what = "traffic.requests";
  static constexpr std::array table{
      Name{RequestUnit::per_user, "per_user"}, Name{RequestUnit::per_event, "per_event"},
      Name{RequestUnit::per_session, "per_session"}, Name{RequestUnit::logged, "logged"}};
};

template <>
struct Names<CandidateSource> {
  static constexpr std::string_view what = "traffic.candidates";
  static constexpr std::array table{Name{CandidateSource::retrieved, "retrieved"},
                                    Name{CandidateSource::logged, "logged"},
                                    Name{CandidateSource::allowed, "allowed"}};
};

template <>
struct Names<ListTies> {
  static constexpr std::string_view what = "ties of ranked lists";
  static constexpr std::array table{Name{ListTies::file, "file"}, Name{ListTies::rank, "rank"},
                                    Name{ListTies::docno_descending, "docno_descending"}};
};

template <>
struct Names<ScenarioKind> {
  static constexpr std::string_view what = "kind of a load scenario";
  static constexpr std::array table{Name{ScenarioKind::single_stream, "single_stream"},
                                    Name{ScenarioKind::offline, "offline"},
                                    Name{ScenarioKind::server, "server"}};
};

template <>
struct Names<MergeMethod> {
  static constexpr std::string_view what = "merge.method";
  static constexpr std::array table{Name{MergeMethod::reciprocal_rank, "reciprocal_rank"},
                                    Name{MergeMethod::weighted_score, "weighted_score"},
                                    Name{MergeMethod::round_robin, "round_robin"},
                                    Name{MergeMethod::quota, "quota"}, Name{MergeMethod::none, ""}};
};

template <>
struct Names<ScoreScaling> {
  static constexpr std::string_view what = "merge.params.normalise";
  static constexpr std::array table{Name{ScoreScaling::minmax, "minmax"},
                                    Name{ScoreScaling::z, "z"}, Name{ScoreScaling::none, "none"}};
};

template <>
struct Names<Device> {
  static constexpr std::string_view what = "device";
  static constexpr std::array table{Name{Device::automatic, "auto"}, Name{Device::cpu, "cpu"},
                                    Name{Device::cuda, "cuda"}};
};

}  // namespace assay::task
