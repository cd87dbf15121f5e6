#pragma once

/// What became of trials, stages and requests, as databases and workers' replies say it.

#include "task/names.h"

namespace assay::task {

/// `missing`: unknown, planned, or not all shards are in.
enum class TrialStatus { missing, done, failed };

/// Why a stage failed.
enum class FailureKind {
  invalid_input,  ///< the plugin refused its data or settings: the user can fix it
  exception,      ///< the plugin threw
  memory,         ///< it ran out of memory
  contract,       ///< what it returned breaks a rule of its batch (core/contract)
  refused,        ///< it asked for what its declaration rules out
  crash,          ///< it took the worker with it
  timeout         ///< a call took longer than `limits`
};

/// What happened to requests under a load (table `load_count`).
enum class LoadCountKind {
  arrived,
  answered,
  batches,
  repeats,
  cache_hit,
  shed,
  deadline,
  breaker
};

/// The kinds that a table of loads has columns for, and what they are called there: how requests
/// degraded, and answers from the cache.
struct LoadColumn {
  LoadCountKind kind;
  std::string_view label;
};
inline constexpr LoadColumn kLoadColumns[] = {{LoadCountKind::shed, "shed"},
                                              {LoadCountKind::deadline, "deadline missed"},
                                              {LoadCountKind::breaker, "breaker open"},
                                              {LoadCountKind::cache_hit, "cached"}};

template <>
struct Names<TrialStatus> {
  static constexpr std::string_view what = "status of a trial";
  static constexpr std::array table{Name{TrialStatus::missing, "missing"},
                                    Name{TrialStatus::done, "done"},
                                    Name{TrialStatus::failed, "failed"}};
};

/// As a database holds it: what is neither done nor failed is missing.
inline TrialStatus stored_status(std::string_view text) {
  return parse<TrialStatus>(text).value_or(TrialStatus::missing);
}

template <>
struct Names<FailureKind> {
  static constexpr std::string_view what = "kind of a failure";
  static constexpr std::array table{Name{FailureKind::invalid_input, "invalid_input"},
                                    Name{FailureKind::exception, "exception"},
                                    Name{FailureKind::memory, "memory"},
                                    Name{FailureKind::contract, "contract"},
                                    Name{FailureKind::refused, "refused"},
                                    Name{FailureKind::crash, "crash"},
                                    Name{FailureKind::timeout, "timeout"}};
};

template <>
struct Names<LoadCountKind> {
  static constexpr std::string_view what = "kind of a load count";
  static constexpr std::array table{
      Name{LoadCountKind::arrived, "arrived"},     Name{LoadCountKind::answered, "answered"},
      Name{LoadCountKind::batches, "batches"},     Name{LoadCountKind::repeats, "repeats"},
      Name{LoadCountKind::cache_hit, "cache_hit"}, Name{LoadCountKind::shed, "shed"},
      Name{LoadCountKind::deadline, "deadline"},   Name{LoadCountKind::breaker, "breaker"}};
};

}  // namespace assay::task
