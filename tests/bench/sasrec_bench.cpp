/// sasrec on Beauty's sequences: what tests/bench/sasrec_against_torch.py holds against a plain loop.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>

#include "bench/public_logs.h"
#include "unit/plugins/shipped_plugin.h"
#include "unit/plugins/tiny_data.h"

namespace {

using namespace assay;
using namespace assay::test;
using Clock = std::chrono::steady_clock;

/// Remembers when epochs end.
class TimedFit : public TinyFit {
 public:
  void note_step(const std::string& name, int64_t, double value) override {
    if (name != "loss") return;
    ends.push_back(Clock::now());
    loss = value;
  }
  std::vector<Clock::time_point> ends;
  double loss = 0;
};

// An iteration is a fit of `epochs` epochs; the first of them is not counted.
void sasrec_beauty(benchmark::State& state) {
  const Lists sequences = bench::beauty();
  if (sequences.empty())
    return state.SkipWithError("amazon-beauty/Beauty.txt is in no folder of ASSAY_DATA");
  const TrainingView data = training_of(sequences, bench::kBeautyItems);
  const auto learnt =
      std::ranges::count_if(sequences, [](const auto& row) { return row.size() > 1; });
  double seconds = 0, loss = 0;
  for (auto _ : state) {
    TimedFit fit;
    make_recall("sasrec",
                {{"epochs", state.range(0)}, {"batch_size", int64_t{256}}, {"dropout", 0.5}})
        ->fit(data, fit);
    std::vector<double> epochs;
    for (size_t n = 1; n < fit.ends.size(); ++n)
      epochs.push_back(std::chrono::duration<double>(fit.ends[n] - fit.ends[n - 1]).count());
    std::ranges::sort(epochs);
    seconds = epochs[epochs.size() / 2];
    loss = fit.loss;
  }
  state.counters["examples_per_s"] = static_cast<double>(learnt) / seconds;
  state.counters["loss"] = loss;
}

BENCHMARK(sasrec_beauty)->ArgNames({"epochs"})->Arg(3)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
