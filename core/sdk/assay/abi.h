#pragma once

/// How a shared library says what it is, before it is loaded (an ELF note) and after (a table).

#include <assay/params.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace assay {

/// A plugin needs a host of the same major version and at least its minor version.
inline constexpr uint16_t kSdkMajor = 1;
inline constexpr uint16_t kSdkMinor = 0;

/// Everything that must fit between a plugin and its host, readable from the file without loading
/// it. The layout is frozen: later versions append, and `size` tells how much there is.
struct Stamp {
  char magic[8];  ///< "ASSAYPL"
  uint32_t size;  ///< sizeof(Stamp)
  uint16_t sdk_major;
  uint16_t sdk_minor;
  char compiler[8];  ///< "gcc" or "clang"
  uint32_t compiler_major;
  uint32_t cpp_standard;   ///< __cplusplus
  uint32_t libstdcxx_abi;  ///< _GLIBCXX_USE_CXX11_ABI
  uint32_t cuda;           ///< 1 where built for a CUDA build of LibTorch
  char torch[24];          ///< "2.13.0"
};

#ifndef ASSAY_WITH_CUDA
#define ASSAY_WITH_CUDA 0
#endif

/// The stamp of the code that includes this header.
consteval Stamp this_stamp() {
  Stamp stamp{};
  auto copy = [](char* to, const char* from) {
    while ((*to++ = *from++)) {
    }
  };
  copy(stamp.magic, "ASSAYPL");
  stamp.size = sizeof(Stamp);
  stamp.sdk_major = kSdkMajor;
  stamp.sdk_minor = kSdkMinor;
#ifdef __clang__
  copy(stamp.compiler, "clang");
  stamp.compiler_major = __clang_major__;
#else
  copy(stamp.compiler, "gcc");
  stamp.compiler_major = __GNUC__;
#endif
  stamp.cpp_standard = __cplusplus;
  stamp.libstdcxx_abi = _GLIBCXX_USE_CXX11_ABI;
  stamp.cuda = ASSAY_WITH_CUDA;
  copy(stamp.torch, TORCH_VERSION);
  return stamp;
}

/// An ELF note as it lies in section .note.assay: name "ASSAY", type 1, the stamp as its
/// description.
struct StampNote {
  uint32_t name_size;
  uint32_t desc_size;
  uint32_t type;
  char name[8];
  Stamp stamp;
};

/// What a strategy does, so that the host can treat it rightly. The conformance suite proves each
/// of them.
struct Traits {
  bool draws_in_fit = false;      ///< uses FitContext::generator
  bool draws_in_serving = false;  ///< uses ServeContext::uniform
  enum class Scores {
    ranking,
    probability,
    rating
  } scores = Scores::ranking;            ///< what a score means
  bool validates = false;                ///< calls FitContext::validate
  bool learns_from_candidates = false;   ///< rank and rerank: fit walks LabelledCandidates
  bool needs_time = false;               ///< cannot work on data without times
  bool additive = false;                 ///< explain() adds up to the score
  bool nondeterministic_on_gpu = false;  ///< uses an operation that has no deterministic GPU kernel
  bool updates = false;                  ///< update() learns from later events without a refit
};

class Strategy;
class Metric;

/// What an author says of a strategy.
struct PluginDoc {
  std::string name = {};  ///< as in an experiment file: [a-z][a-z0-9_]*
  std::string version = "1.0";
  std::string doc = {};    ///< one or two sentences
  std::string paper = {};  ///< who, year, title; empty where there is none
  Traits traits = {};
  bool higher_is_better = true;  ///< metrics only
  std::string unit = {};         ///< metrics only
};

/// One strategy of a library.
struct PluginEntry : PluginDoc {
  PluginKind kind = PluginKind::recall;
  ParamSchema schema;
  /// Makes an instance from a complete, checked map. Exactly one of the two is set, by kind.
  std::function<std::unique_ptr<Strategy>(const ParamMap&)> make_strategy;
  std::function<std::unique_ptr<Metric>(const ParamMap&)> make_metric;
};

/// What `assay_plugins_v1` returns; owned by the library, valid for ever (libraries are never
/// unloaded).
struct PluginTable {
  uint32_t size = sizeof(PluginTable);
  std::vector<PluginEntry> entries;
};

inline constexpr char kEntryFunction[] = "assay_plugins_v1";
using EntryFunction = const PluginTable* (*)();

}  // namespace assay
