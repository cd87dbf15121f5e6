#include <fmt/format.h>

#include <cmath>
#include <map>
#include <stdexcept>

#include "conformance/check.h"
#include "conformance/lists.h"
#include "conformance/tensors.h"
#include "contract/breach.h"
#include "host/guard.h"

namespace assay::conformance {

namespace {

CandidateBatch serve_all(const Subject& subject, const Strategy& strategy,
                         int64_t slots = Subject::kSlots, uint64_t seed = 1) {
  return subject.serve(strategy, subject.requests(), slots, seed);
}

/// What any answer must be, whatever the instance has been through.
std::optional<std::string> answer_problem(const Subject& subject, const Strategy& strategy) {
  const CandidateBatch got = serve_all(subject, strategy);
  if (auto problem =
          contract::shape_breach(got, at::kCPU, got.size(), subject.widest(Subject::kSlots)))
    return problem;
  const contract::Lists lists(got);
  if (auto problem = number_problem(lists)) return problem;
  return duplicate_problem(lists);
}

contract::Breach propensity_range_problem(const Subject& subject, const CandidateBatch& got) {
  if (auto problem =
          contract::shape_breach(got, at::kCPU, got.size(), subject.widest(Subject::kSlots)))
    return problem;
  const contract::Lists lists(got);
  const std::vector<float> propensity = floats_of(*got.propensity);
  const auto width = static_cast<size_t>(lists.width);
  return contract::each_row(lists, [&](int64_t row) {
    return contract::propensities(lists.row(row), {propensity.data() + row * lists.width, width});
  });
}

/// First-rank propensities of different items of one request are chances of one draw: together at
/// most 1, and exactly 1 where all its candidates have been seen. Many seeds show many items.
std::optional<std::string> propensity_sum_problem(const Subject& subject) {
  const RequestBatch requests = subject.requests();
  const std::vector<int64_t> eligible = subject.eligible(requests);
  std::vector<std::map<int64_t, double>> seen(eligible.size());
  for (uint64_t seed = 1; seed <= 48; ++seed) {
    const CandidateBatch got = serve_all(subject, subject.fitted(), 1, seed);
    if (!got.propensity) return "it returns propensities for some batches only";
    const contract::Lists lists(got);
    const std::vector<float> propensity = floats_of(*got.propensity);
    for (int64_t row = 0; row < lists.rows; ++row)
      if (lists.length(row) > 0)
        seen[static_cast<size_t>(row)][lists.item_at(row, 0)] =
            static_cast<double>(propensity[static_cast<size_t>(row * lists.width)]);
  }
  for (size_t row = 0; row < seen.size(); ++row) {
    double sum = 0;
    for (const auto& [item, p] : seen[row]) sum += p;
    const bool all = static_cast<int64_t>(seen[row].size()) == eligible[row] && eligible[row] > 0;
    if (sum > 1.001 || (all && sum < 0.999))
      return fmt::format(
          "request {} was served {} items first under 48 seeds, with propensities that add up to "
          "{:.4f}; "
          "expected {}",
          row, seen[row].size(), sum, all ? "1, since these are all its candidates" : "at most 1");
  }
  return std::nullopt;
}

Finding propensities(const Subject& subject) {
  const CandidateBatch got = serve_all(subject, subject.fitted());
  if (!got.propensity) return Finding::not_applicable("it returns no propensities");
  if (const auto problem = propensity_range_problem(subject, got)) return Finding::failed(*problem);
  return Finding::of(propensity_sum_problem(subject));
}

Finding action_probabilities(const Subject& subject) {
  const RequestBatch requests = subject.requests_with_allowed();
  const CandidateBatch given = tiny_candidates(requests);
  const auto chances = host::guarded("action_probability", [&] {
    return subject.fitted().action_probability(requests, given, subject.context());
  });
  if (!chances) return Finding::not_applicable("it does not implement them");
  if (!chances->defined() || chances->scalar_type() != at::kFloat ||
      chances->sizes() != given.item.sizes())
    return Finding::failed(fmt::format("they are {}; expected float32 [{}, {}]",
                                       contract::tensor_text(*chances), given.size(),
                                       given.width()));
  const std::vector<float> p = floats_of(*chances);
  const contract::Lists lists(given);
  for (int64_t row = 0; row < lists.rows; ++row) {
    double sum = 0;
    for (int64_t rank = 0; rank < lists.width; ++rank) {
      const float one = p[static_cast<size_t>(row * lists.width + rank)];
      if (!(one >= 0 && one <= 1.0001F) || (lists.item_at(row, rank) == -1 && one != 0))
        return Finding::failed(fmt::format(
            "request {} has probability {} at rank {} (item {}); expected 0 to 1, and 0 on "
            "padding",
            row, one, rank, lists.item_at(row, rank)));
      sum += static_cast<double>(one);
    }
    if (lists.length(row) > 0 && std::abs(sum - 1) > 1e-4)
      return Finding::failed(
          fmt::format("those of request {} add up to {:.6f}; expected 1", row, sum));
  }
  return Finding::held();
}

bool is_matrix(const at::Tensor& tensor, int64_t rows) {
  return tensor.defined() && tensor.dim() == 2 && tensor.size(0) == rows &&
         tensor.scalar_type() == at::kFloat;
}

/// Served scores must stand in the order of the dot products: that is what an index relies on.
std::optional<std::string> dot_problem(const contract::Lists& got, const std::vector<float>& items,
                                       const std::vector<float>& queries, size_t width) {
  const auto dot = [&](int64_t row, int64_t rank) {
    double sum = 0;
    for (size_t d = 0; d < width; ++d)
      sum += static_cast<double>(queries[static_cast<size_t>(row) * width + d]) *
             static_cast<double>(items[static_cast<size_t>(got.item_at(row, rank)) * width + d]);
    return sum;
  };
  for (int64_t row = 0; row < got.rows; ++row)
    for (int64_t rank = 1; rank < got.length(row); ++rank) {
      const double before = dot(row, rank - 1), after = dot(row, rank);
      if (after > before + 1e-4 * std::max(1.0, std::abs(before)))
        return fmt::format(
            "request {} serves items {} and {}, in this order, but their dot products are {} and "
            "{}",
            row, got.item_at(row, rank - 1), got.item_at(row, rank), before, after);
    }
  return std::nullopt;
}

Finding vectors(const Subject& subject) {
  const VectorModel* model = subject.fitted().vectors();
  if (model == nullptr) return Finding::not_applicable("it has no vectors");
  const RequestBatch requests = subject.requests();
  const at::Tensor items = host::guarded("item_vectors", [&] { return model->item_vectors(); });
  const at::Tensor queries = host::guarded(
      "query_vectors", [&] { return model->query_vectors(requests, subject.context()); });
  if (!is_matrix(items, TinyWorld::kItems) || !is_matrix(queries, requests.size()) ||
      items.size(1) != queries.size(1))
    return Finding::failed(fmt::format(
        "item and query vectors are {} and {}; expected float32 [{}, D] and float32 [{}, "
        "D]",
        contract::tensor_text(items), contract::tensor_text(queries), TinyWorld::kItems,
        requests.size()));
  const std::vector<float> item_values = floats_of(items), query_values = floats_of(queries);
  for (const auto& values : {item_values, query_values})
    for (const float value : values)
      if (!std::isfinite(value)) return Finding::failed(fmt::format("a vector holds {}", value));
  if (subject.kind() != PluginKind::recall) return Finding::held();
  const contract::Lists got(serve_all(subject, subject.fitted()));
  return Finding::of(
      dot_problem(got, item_values, query_values, static_cast<size_t>(items.size(1))));
}

Finding updates(const Subject& subject) {
  const Fitted fitted = subject.fit();
  TinyFit context(subject.world(), subject.fit_inputs(subject.world()), {},
                  [](int64_t) { return 0.5; });
  try {
    fitted.strategy->update(subject.world().later, context);
  } catch (const std::logic_error& problem) {
    if (!subject.traits().updates) return Finding::not_applicable("it cannot");
    return Finding::failed(fmt::format("updates is set, but update threw: {}", problem.what()));
  } catch (...) {
    return Finding::failed("update threw: " + host::current_fault().what);
  }
  if (!subject.traits().updates)
    return Finding::failed("it has an update, but updates is not set: the host will refuse");
  if (const auto problem = answer_problem(subject, *fitted.strategy))
    return Finding::failed(*problem);
  const auto loaded = subject.load(subject.save(*fitted.strategy));
  if (const auto problem =
          bits_problem(serve_all(subject, *fitted.strategy), serve_all(subject, *loaded)))
    return Finding::failed("saved and loaded after it: " + *problem);
  return Finding::held();
}

Finding stops(const Subject& subject) {
  subject.fit({.stop = true});
  return Finding::held();
}

/// What an ordinary fit leaves, or else one that is asked to stop.
std::optional<Archive> checkpoint_of(const Subject& subject) {
  if (subject.record().checkpoint) return subject.record().checkpoint;
  try {
    return subject.fit({.stop = true}).record.checkpoint;
  } catch (const host::PluginFault&) {
    return std::nullopt;  // a check of its own says so
  }
}

Finding resumes(const Subject& subject) {
  const std::optional<Archive> left = checkpoint_of(subject);
  if (!left) return Finding::not_applicable("it leaves no checkpoint");
  const Fitted resumed = subject.fit({.resume = &*left});
  return Finding::of(answer_problem(subject, *resumed.strategy));
}

/// In a final refit validate() is NaN: a strategy that waits for it to rise must not end with an
/// empty model.
Finding refits(const Subject& subject) {
  if (!subject.traits().validates) return Finding::not_applicable("it does not validate");
  const Fitted refitted = subject.fit({.refit = true, .chosen = subject.record().notes});
  return Finding::of(answer_problem(subject, *refitted.strategy));
}

/// In a final refit nothing can be chosen: what it needs of the fit that validated is what that
/// noted as chosen, and the host gives it no other way than by ctx.chosen().
Finding takes_over(const Subject& subject) {
  constexpr std::string_view kChosen = "chosen.";
  if (!subject.traits().validates) return Finding::not_applicable("it does not validate");
  if (subject.record().validations == 0)
    return Finding::not_applicable("it never calls ctx.validate()");
  const Fitted refitted = subject.fit({.refit = true, .chosen = subject.record().notes});
  int64_t choices = 0;
  for (const auto& [note, value] : subject.record().notes) {
    if (!note.starts_with(kChosen)) continue;
    ++choices;
    const std::string key = note.substr(kChosen.size());
    if (!refitted.record.asked_choices.contains(key))
      return Finding::failed(
          fmt::format("fit noted {} = {}, but a final refit, where validate() is NaN, never asks "
                      "ctx.chosen(\"{}\")",
                      note, value, key));
    const auto again = refitted.record.notes.find(note);
    if (again != refitted.record.notes.end() && again->second != value)
      return Finding::failed(
          fmt::format("fit noted {0} = {1}, and a final refit, which was given "
                      "it by ctx.chosen(), {0} = {2}; expected the same",
                      note, value, again->second));
  }
  if (choices > 0) return Finding::held();
  return Finding::failed(
      "fit calls ctx.validate() but notes nothing as chosen, so that a final refit cannot know "
      "what "
      "that led to; expected ctx.note(\"chosen.<what>\", value), and ctx.chosen(\"<what>\") in the "
      "refit");
}

}  // namespace

std::vector<Check> extra_checks() {
  using enum PluginKind;
  return {{"propensities are probabilities", kAllStrategies, propensities},
          {"action probabilities add up to 1", kAllStrategies, action_probabilities},
          {"vectors have their shapes and give the order", kAllStrategies, vectors},
          {"update leaves a strategy that serves and can be saved", kAllStrategies, updates},
          {"fit returns when asked to stop", kAllStrategies, stops},
          {"fit goes on from its checkpoint", kAllStrategies, resumes},
          {"the final refit, where validate() is NaN", kAllStrategies, refits},
          {"a final refit takes over what was chosen", kAllStrategies, takes_over}};
}

}  // namespace assay::conformance
