// What validating an experiment file costs, beside reading its YAML alone: `assay validate` has 50
// ms for all.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "config/config.h"
#include "config/yaml.h"
#include "error/error.h"

namespace assay {
namespace {

ParamSpec neighbours() {
  ParamSpec spec;
  spec.name = "neighbours";
  spec.type = ParamType::integer;
  spec.default_value = int64_t{100};
  spec.minimum = 1;
  return spec;
}

task::PluginCatalog catalog() {
  task::PluginInfo plugin;
  plugin.name = "item_knn";
  plugin.schema.params.push_back(neighbours());
  return task::PluginCatalog({plugin});
}

/// A file with so many variants, gone with the benchmark.
class File {
 public:
  explicit File(int64_t variants)
      : path_(std::filesystem::temp_directory_path() /
              fmt::format("assay_config_bench_{}.yaml", ::getpid())) {
    std::ofstream out(path_);
    out << "data: {source: log}\nvariants:\n  v0: {recall: [{plugin: item_knn, k: 100}]}\n";
    for (int64_t i = 1; i < variants; ++i) {
      out << fmt::format("  v{}: {{extends: v0, set: {{recall.0.params.neighbours: {}}}}}\n", i, i);
    }
  }
  ~File() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

void read_yaml(const std::string& path) {
  config::Sources sources;
  config::Problems problems;
  benchmark::DoNotOptimize(config::parse_yaml(sources.read(path), problems));
}

template <typename Body>
double seconds(Body&& body) {
  const auto start = std::chrono::steady_clock::now();
  body();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void BM_LoadExperiment(benchmark::State& state) {
  const File file(state.range(0));
  config::LoadOptions options;
  options.dataset_names = {"log"};
  options.catalog = [](const std::vector<std::string>&) { return catalog(); };
  double yaml = 0;
  double all = 0;
  for (auto _ : state) {
    yaml += seconds([&] { read_yaml(file.path()); });
    all += seconds([&] { benchmark::DoNotOptimize(load_experiment(file.path(), options)); });
  }
  state.counters["of_yaml_alone"] = all / yaml;
  state.counters["ms"] = 1e3 * all / static_cast<double>(state.iterations());
}
BENCHMARK(BM_LoadExperiment)->Arg(4)->Arg(40)->Arg(200)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay
