// The promise: a database of 10 variants x 3 seeds x 100,000 requests with slates of 20 and all
// groups of metrics at one cutoff compares in under 10 s, takes under 1.5 GB, and its report is
// made in under 20 s and takes under 3 MB.

#include <benchmark/benchmark.h>

#include "big_run.h"
#include "page/html_report.h"
#include "report/compare_files.h"
#include "report/comparison_text.h"
#include "results/database.h"

namespace assay {
namespace {

const bench::BigRun& big_run() {
  static const bench::BigRun run;
  return run;
}

void compare(benchmark::State& state, const report::CompareOptions& options) {
  const bench::BigRun& big = big_run();
  for (auto step : state) {
    benchmark::DoNotOptimize(
        comparison_text(results::Database::open_readonly(big.path()), options));
  }
  state.counters["GB"] = big.gigabytes();
  state.counters["definitions"] = static_cast<double>(big.definitions());
}

void own_baseline(benchmark::State& state) { compare(state, {}); }
void another_baseline(benchmark::State& state) {
  report::CompareOptions options;
  options.baseline = "v1";
  compare(state, options);
}
void as_two_files(benchmark::State& state) {
  const bench::BigRun& big = big_run();
  const report::RunName name{big.path(), 1};
  for (auto step : state) benchmark::DoNotOptimize(report::compared_files_text({name, name}, {}));
}
void html(benchmark::State& state) {
  const bench::BigRun& big = big_run();
  size_t bytes = 0;
  for (auto step : state)
    bytes = page::html_report(results::Database::open_readonly(big.path())).size();
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
}

BENCHMARK(own_baseline)->Unit(benchmark::kSecond)->Iterations(1);
BENCHMARK(another_baseline)->Unit(benchmark::kSecond)->Iterations(1);
BENCHMARK(as_two_files)->Unit(benchmark::kSecond)->Iterations(1);
BENCHMARK(html)->Unit(benchmark::kSecond)->Iterations(1);

}  // namespace
}  // namespace assay
