#include <fmt/format.h>

#include <cmath>

#include "conformance/check.h"
#include "conformance/lists.h"
#include "conformance/tensors.h"
#include "contract/breach.h"
#include "host/guard.h"
#include "host/library.h"

namespace assay::conformance {

namespace {

const std::vector<PluginKind> kMetric{PluginKind::metric};

struct Measured {
  RequestBatch requests;
  CandidateBatch served;
  Ragged truth;
};

/// Slates of ten for the given rows.
Measured slates(const Subject& subject, const std::vector<int64_t>& rows) {
  Measured measured{.requests = select_requests(TinyRequests::all(true, subject.data()), rows)};
  const CandidateBatch candidates = tiny_candidates(measured.requests);
  measured.served = {candidates.item.narrow(1, 0, 10).contiguous(),
                     candidates.score.narrow(1, 0, 10).contiguous()};
  measured.truth = tiny_truth(measured.requests);
  return measured;
}

std::vector<int64_t> all_rows() {
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < TinyRequests::kCount; ++row) rows.push_back(row);
  return rows;
}

std::unique_ptr<Metric> fitted(const Subject& subject) {
  auto metric = host::guarded("the constructor",
                              [&] { return host::make_metric(subject.entry(), subject.params()); });
  TinyFit context(subject.world(), subject.inputs(), {}, [](int64_t) { return 0.5; });
  host::guarded("fit", [&] { metric->fit(subject.world().training, context); });
  return metric;
}

at::Tensor values(const Subject& subject, const Metric& metric, const Measured& measured) {
  return host::guarded("values", [&] {
    return metric.values(measured.requests, measured.served, measured.truth, subject.context());
  });
}

std::optional<std::string> values_problem(const at::Tensor& got, int64_t requests) {
  if (!got.defined() || got.dim() != 1 || got.size(0) != requests ||
      got.scalar_type() != at::kFloat)
    return fmt::format("values are {}; expected float32 [{}]", contract::tensor_text(got),
                       requests);
  for (const float value : floats_of(got))
    if (std::isinf(value))
      return "a value is infinite; expected a number, or NaN where there is none";
  return std::nullopt;
}

Finding makes_an_instance(const Subject& subject) {
  host::guarded("the constructor", [&] { host::make_metric(subject.entry(), subject.params()); });
  return Finding::held();
}

Finding fits(const Subject& subject) {
  fitted(subject);
  return Finding::held();
}

Finding measures(const Subject& subject, const std::vector<int64_t>& rows) {
  const Measured measured = slates(subject, rows);
  const at::Tensor got = values(subject, *fitted(subject), measured);
  return Finding::of(values_problem(got, measured.requests.size()));
}

Finding all_requests(const Subject& subject) { return measures(subject, all_rows()); }
Finding no_request(const Subject& subject) { return measures(subject, {}); }
Finding empty_slates(const Subject& subject) {
  return measures(subject, {TinyRequests::kAllExcluded, TinyRequests::kFewCandidates});
}

Finding repeats(const Subject& subject) {
  const auto metric = fitted(subject);
  const Measured measured = slates(subject, all_rows());
  const at::Tensor first = values(subject, *metric, measured);
  if (same_bits(first, values(subject, *metric, measured))) return Finding::held();
  return Finding::failed("the same slates got other values the second time");
}

Finding alone(const Subject& subject) {
  const auto metric = fitted(subject);
  const std::vector<float> together =
      floats_of(values(subject, *metric, slates(subject, all_rows())));
  for (int64_t row = 0; row < TinyRequests::kCount; ++row) {
    const float one = floats_of(values(subject, *metric, slates(subject, {row}))).at(0);
    const float expected = together[static_cast<size_t>(row)];
    const bool same = (std::isnan(one) && std::isnan(expected)) ||
                      std::abs(one - expected) <= 1e-5F * std::max(1.0F, std::abs(expected));
    if (!same)
      return Finding::failed(
          fmt::format("request {} has value {} alone and {} in a batch", row, one, expected));
  }
  return Finding::held();
}

Finding unmodified(const Subject& subject) {
  const auto metric = fitted(subject);
  const Measured measured = slates(subject, all_rows());
  const uint64_t before =
      fingerprint(measured.requests) ^ fingerprint(measured.served) ^ fingerprint(measured.truth);
  values(subject, *metric, measured);
  const uint64_t after =
      fingerprint(measured.requests) ^ fingerprint(measured.served) ^ fingerprint(measured.truth);
  return before == after ? Finding::held() : Finding::failed("it wrote to what it measures");
}

}  // namespace

std::vector<Check> metric_checks() {
  return {{"the default parameters make an instance", kMetric, makes_an_instance, true},
          {"fit ends without an error", kMetric, fits, true},
          {"values have the promised shape and type", kMetric, all_requests, true},
          {"a batch without a request", kMetric, no_request},
          {"slates that are empty or short", kMetric, empty_slates},
          {"measuring twice gives the same bits", kMetric, repeats},
          {"a request has the same value alone and in a batch", kMetric, alone},
          {"requests, slates and truth stay as they are", kMetric, unmodified}};
}

}  // namespace assay::conformance
