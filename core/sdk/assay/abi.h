#pragma once

/// How a shared library says what it is, before it is loaded (an ELF note) and after (a table).

#include <assay/params.h>
#include <torch/csrc/api/include/torch/version.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace assay {

/// A plugin needs a host of the same major version and at least its minor version. ABI.md says what
/// changes which.
inline constexpr uint16_t kSdkMajor = 2;
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
  // Since 2.0.
  char build_type[16];   ///< "Release", "Debug", ...; without NDEBUG or -O it is never "Release"
  uint32_t optimised;    ///< 1 where compiled with -O1 or more
  uint32_t checked_stl;  ///< 1 with _GLIBCXX_DEBUG, whose containers have another layout
  char sanitizer[16];    ///< "address", "thread" or ""
};

#ifndef ASSAY_WITH_CUDA
#define ASSAY_WITH_CUDA 0
#endif

#ifdef _GLIBCXX_DEBUG
#define ASSAY_CHECKED_STL 1
#else
#define ASSAY_CHECKED_STL 0
#endif

#ifdef __OPTIMIZE__
#define ASSAY_OPTIMISED 1
#else
#define ASSAY_OPTIMISED 0
#endif

#if defined(__SANITIZE_ADDRESS__)
#define ASSAY_SANITIZER "address"
#elif defined(__SANITIZE_THREAD__)
#define ASSAY_SANITIZER "thread"
#else
#define ASSAY_SANITIZER ""
#endif

// What the compiler tells of a build whose CMake configuration names nothing.
#ifndef ASSAY_BUILD_TYPE
#if !ASSAY_OPTIMISED
#define ASSAY_BUILD_TYPE "Debug"
#elif defined(NDEBUG)
#define ASSAY_BUILD_TYPE "Release"
#else
#define ASSAY_BUILD_TYPE "Checked"
#endif
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
  copy(stamp.build_type, ASSAY_BUILD_TYPE);
  stamp.optimised = ASSAY_OPTIMISED;
  stamp.checked_stl = ASSAY_CHECKED_STL;
  copy(stamp.sanitizer, ASSAY_SANITIZER);
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

/// What a strategy does, so that the host can treat it rightly. `assay check` proves each of them.
///
/// `validates` and `needs_time` may depend on the parameters; then the trait is set and the strategy
/// has a static function of that name which decides for given ones:
///
///     static bool validates(const Params& params) { return params.patience > 0; }
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
  bool cpu_only = false;                 ///< works on the CPU also where the others have a GPU
  std::array<uint8_t, 22> reserved = {};  ///< later traits take their place here
};

/// How large a data set is: what memory needs depend on. Counts of the window that a fit learns
/// from; users and items are all that the data set knows.
struct DataSizes {
  int64_t users = 0;
  int64_t items = 0;
  int64_t events = 0;
  int64_t positives = 0;       ///< positive pairs of user and item, each once
  double squared_lengths = 0;  ///< sum over users of the square of their positive items
};

/// Bytes that a strategy needs beside the data, at its peak.
struct MemoryUse {
  int64_t fit = 0;    ///< while it is fitted, what it keeps included
  int64_t serve = 0;  ///< what a loaded instance holds; not the lists of a batch
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

/// One strategy of a library. Later versions append members; the host reads those that lie within
/// PluginTable::entry_size.
struct PluginEntry : PluginDoc {
  PluginKind kind = PluginKind::recall;
  ParamSchema schema;
  /// Makes an instance from a complete, checked map. Exactly one of the two is set, by kind.
  std::function<std::unique_ptr<Strategy>(const ParamMap&)> make_strategy;
  std::function<std::unique_ptr<Metric>(const ParamMap&)> make_metric;
  /// What the trait of that name is with these parameters; empty: what the trait says.
  std::function<bool(const ParamMap&)> validates;
  std::function<bool(const ParamMap&)> needs_time;
  /// Empty: not declared.
  std::function<MemoryUse(const DataSizes&, const ParamMap&)> memory;
};

/// What `assay_plugins_v2` returns; owned by the library and valid until the process ends
/// (libraries are never unloaded).
struct PluginTable {
  uint32_t size = sizeof(PluginTable);
  uint32_t entry_size = sizeof(PluginEntry);
  const PluginEntry* entries = nullptr;
  uint64_t count = 0;
};

inline constexpr char kEntryFunction[] = "assay_plugins_v2";
using EntryFunction = const PluginTable* (*)();

}  // namespace assay
