// Units a second that one core puts into arms; `ratio` says how many times faster assay is than a
// plain reference: GrowthBook's published steps on strings, and OpenSSL's SHA-1 read as hexadecimal
// digits. On one thread.

#include <benchmark/benchmark.h>
#include <openssl/evp.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "assignment/assigner.h"

namespace {

using assay::assignment::Assigner;
using assay::assignment::ExperimentSpec;
using assay::assignment::HashKind;

constexpr int kUnits = 1 << 16;

const std::vector<std::string>& unit_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> made;
    for (int64_t i = 0; i < kUnits; ++i)
      made.push_back("user-" + std::to_string(10'000'019 * i % 99'999'989));
    return made;
  }();
  return names;
}

ExperimentSpec spec_of(HashKind hash) {
  return {.name = "ranking",
          .seed = "ranking-2026",
          .hash = hash,
          .arms = {{"control", 0.5}, {"treatment", 0.5}}};
}

uint32_t plain_fnv(const std::string& text) {
  uint32_t hash = 2166136261U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

int plain_growthbook(const std::string& unit) {
  const double n = plain_fnv(std::to_string(plain_fnv("ranking-2026" + unit))) % 10000 / 10000.0;
  return n < 0.5 ? 0 : 1;
}

int plain_planout(const std::string& unit) {
  const std::string text = "ranking-2026.arm." + unit;
  unsigned char digest[20];
  EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha1(), nullptr);
  std::string hex;
  for (const unsigned char byte : digest) {
    char digits[3];
    std::snprintf(digits, sizeof digits, "%02x", byte);
    hex += digits;
  }
  const auto integer = static_cast<double>(std::strtoull(hex.substr(0, 15).c_str(), nullptr, 16));
  return integer / 0xFFFFFFFFFFFFFFFULL <= 0.5 ? 0 : 1;
}

double seconds_of(int (*plain)(const std::string&)) {
  const auto start = std::chrono::steady_clock::now();
  int sum = 0;
  for (const std::string& unit : unit_names()) sum += plain(unit);
  benchmark::DoNotOptimize(sum);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void assign_units(benchmark::State& state, HashKind hash, int (*plain)(const std::string&)) {
  const Assigner assigner(spec_of(hash));
  const std::vector<std::string_view> units(unit_names().begin(), unit_names().end());
  std::vector<int16_t> arms(units.size());
  assigner.assign(units, arms);
  for (size_t i = 0; i < units.size(); ++i) {
    if (arms[i] != plain(unit_names()[i])) state.SkipWithError("the reference has another arm");
  }
  double seconds = 0.0;
  for (auto _ : state) {
    const auto start = std::chrono::steady_clock::now();
    assigner.assign(units, arms);
    benchmark::DoNotOptimize(arms.data());
    seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  const auto rounds = static_cast<double>(state.iterations());
  state.SetItemsProcessed(state.iterations() * kUnits);
  state.counters["ratio"] = seconds_of(plain) / (seconds / rounds);
}

void growthbook_v2(benchmark::State& state) {
  assign_units(state, HashKind::growthbook_v2, plain_growthbook);
}
BENCHMARK(growthbook_v2);

void planout(benchmark::State& state) { assign_units(state, HashKind::planout, plain_planout); }
BENCHMARK(planout);

}  // namespace
