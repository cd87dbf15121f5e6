#pragma once

/// The ways in which a plugin goes wrong while a run uses it. One parameter, `mode`, says which;
/// `none` behaves.

#include <ATen/Parallel.h>
#include <assay/plugin.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace bad {

struct Params {
  std::string mode = "none";
  int64_t from_request = 0;
  double bomb_gib = 4;

  static void describe(assay::ParamList<Params>& p, std::vector<std::string> serving_modes) {
    std::vector<std::string> modes{
        "none",           "factory_throws", "fit_throws", "fit_invalid_input",
        "fit_crashes",    "fit_loops",      "fit_exits",  "fit_eats_memory",
        "save_throws",    "load_throws",    "throws",     "throws_int",
        "invalid_input",  "torch_error",    "crashes",    "loops",
        "exits",          "eats_memory",    "prints",     "nan",
        "wrong_shape",    "wrong_type",     "undefined",  "outside",
        "duplicates",     "excluded",       "hole",       "unpadded",
        "rising",         "bad_propensity", "infinite",   "aborts",
        "changes_threads"};
    modes.insert(modes.end(), serving_modes.begin(), serving_modes.end());
    p.add("mode", &Params::mode, "What goes wrong.").choices(std::move(modes));
    p.add("from_request", &Params::from_request,
          "Serving goes wrong in batches that hold this request or a later one.")
        .at_least(0);
    p.add("bomb_gib", &Params::bomb_gib, "How much memory the bomb takes before it gives up.")
        .unit("GiB")
        .range(0, 16);
  }
};

/// Takes memory, touching each page, until it is refused, killed, or has `gib`.
inline void eat_memory(double gib) {
  constexpr size_t chunk = size_t{64} << 20;
  std::vector<std::vector<char>> eaten;
  while (static_cast<double>(eaten.size() * chunk) < gib * (1 << 30))
    eaten.emplace_back(chunk, '\1');
  throw std::runtime_error("the memory bomb met no limit");
}

[[noreturn]] inline void loop() {
  for (;;) ::usleep(1000);
}

inline void crash() { ::raise(SIGSEGV); }

/// What happens in a phase; `prefix` is "fit_", "update_" or "".
inline void act(const Params& params, const std::string& prefix) {
  const auto is = [&](const char* mode) { return params.mode == prefix + mode; };
  if (is("throws")) throw std::runtime_error("index 12 is out of range");
  if (is("throws_int")) throw 42;
  if (is("invalid_input"))
    throw assay::InvalidInput("needs a feature \"price\" of items, and the data have none");
  if (is("torch_error")) at::zeros({2}).view({3});
  if (is("crashes")) crash();
  if (is("aborts")) std::abort();
  if (is("loops")) loop();
  if (is("exits")) std::exit(0);
  if (is("eats_memory")) eat_memory(params.bomb_gib);
  if (is("changes_threads")) at::set_num_threads(at::get_num_threads() + 2);
  if (is("prints")) std::printf("epoch 1 of 10\n");
}

inline bool applies(const Params& params, const assay::RequestBatch& requests) {
  return requests.size() > 0 && requests.request.max().item<int64_t>() >= params.from_request;
}

/// The first excluded item of each request; -1 where it has none.
inline at::Tensor first_excluded(const assay::Ragged& excluded) {
  at::Tensor first = at::full({excluded.rows()}, -1, at::kLong);
  for (int64_t row = 0; row < excluded.rows(); ++row)
    if (const auto items = excluded.slice(row, 1).values; items.numel() > 0) first[row] = items[0];
  return first;
}

/// Spoils a good answer. Inputs stay as they are.
/// @param items  N
inline assay::CandidateBatch spoil(const Params& params, const assay::RequestBatch& requests,
                                   assay::CandidateBatch good, int64_t items) {
  const auto is = [&](const char* mode) { return params.mode == mode; };
  assay::CandidateBatch bad{good.item.clone(), good.score.clone(), good.source_score,
                            good.propensity};
  if (good.width() == 0) return bad;
  if (is("nan")) bad.score.select(1, 0).fill_(std::numeric_limits<float>::quiet_NaN());
  if (is("infinite")) bad.score.select(1, 0).fill_(std::numeric_limits<float>::infinity());
  if (is("wrong_shape")) bad.score = bad.score.narrow(1, 0, bad.width() - 1);
  if (is("wrong_type")) bad.score = bad.score.to(at::kDouble);
  if (is("undefined")) bad.score = at::Tensor();
  if (is("outside")) bad.item.select(1, 0).fill_(items);
  if (is("duplicates") && bad.width() > 1) bad.item.select(1, 1).copy_(bad.item.select(1, 0));
  if (is("excluded")) {
    const at::Tensor first = first_excluded(requests.excluded);
    bad.item.select(1, 0).copy_(at::where(first.ge(0), first, bad.item.select(1, 0)));
  }
  if (is("hole")) bad.item.select(1, 0).fill_(-1);
  if (is("unpadded")) {
    bad.score.masked_fill_(bad.item.lt(0), 0);
    bad.item.clamp_min_(0);
  }
  if (is("rising")) bad.score = bad.score.flip({1}).contiguous();
  if (is("bad_propensity")) bad.propensity = at::full_like(bad.score, 1.5);
  return bad;
}

}  // namespace bad
