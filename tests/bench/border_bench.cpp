/// What the border between host and plugin costs: deep_fm as the host opens and calls it, in its
/// shared library and with the marks that a watched call leaves, beside the same source linked into
/// this program and called without either. `ratio` is the median over pairs of border / direct in CPU
/// time; both give the same bits, or the bench says so.

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <string>
#include <utility>

#include "host/library.h"
#include "pipeline/strategies.h"
#include "shown_candidates.h"
#include "task/breadcrumb.h"
#include "unit/temp_folder.h"

// Of plugins/rank/deep_fm.cpp, which is a source of this program.
extern "C" const assay::PluginTable* assay_plugins_v2();

namespace {

using namespace assay;
using namespace assay::test;

double microseconds_of_thread() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e3;
}

template <typename Body>
double microseconds(Body&& body) {
  const double start = microseconds_of_thread();
  body();
  return microseconds_of_thread() - start;
}

double median(std::vector<double> values) {
  std::ranges::nth_element(values, values.begin() + std::ssize(values) / 2);
  return values[values.size() / 2];
}

std::unique_ptr<RankStrategy> fitted(const PluginEntry& entry) {
  std::unique_ptr<Strategy> made =
      host::make_strategy(entry, {{"statistics", false}, {"epochs", int64_t{1}}});
  std::unique_ptr<RankStrategy> model(dynamic_cast<RankStrategy*>(made.release()));
  TinyLabelled candidates({shown(100, 256)});
  TinyFit fit;
  model->fit(training_of(Lists(100, {1, 2, 3}), 256), candidates, fit);
  return model;
}

// 256 rows a call: the candidates of one request, or one each of 256.
void deep_fm(benchmark::State& state) {
  const host::Library library = host::Library::open(ASSAY_BUILD_DIR "/plugins/rank/deep_fm.so");
  const auto inside = fitted(library.entry("deep_fm", PluginKind::rank));
  const auto linked = fitted(assay_plugins_v2()->entries[0]);
  const LabelledBatch asked = shown(state.range(0), 256 / state.range(0));
  const ServeContext ctx = tiny_serve();

  const TempFolder folder;
  task::BreadcrumbFile breadcrumb(folder.file("breadcrumb"));
  const pipeline::Guards guards{.breadcrumb = &breadcrumb};
  const std::string place = "rank[0]", plugin = "deep_fm";
  CandidateBatch through, direct;
  const auto by_host = [&] {
    pipeline::call_stage(guards, {"rank", place, plugin, 1, 0}, guards.limits.batch_s,
                         [&] { through = inside->rank(asked.requests, asked.candidates, ctx); });
  };
  const auto alone = [&] { direct = linked->rank(asked.requests, asked.candidates, ctx); };
  by_host(), alone();
  if (!through.score.equal(direct.score) || !through.item.equal(direct.item))
    return state.SkipWithError("the library and the linked source rank differently");

  std::vector<double> ratios, border, own;
  bool host_first = false;
  for (auto _ : state) {
    // In turns, so that neither always finds what the other has left in the caches.
    host_first = !host_first;
    if (host_first) border.push_back(microseconds(by_host));
    own.push_back(microseconds(alone));
    if (!host_first) border.push_back(microseconds(by_host));
    ratios.push_back(border.back() / own.back());
  }
  state.counters["border_us"] = median(border);
  state.counters["direct_us"] = median(own);
  state.counters["ratio"] = median(ratios);
}

BENCHMARK(deep_fm)
    ->ArgName("requests")
    ->Arg(1)
    ->Arg(256)
    ->Iterations(2000)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
