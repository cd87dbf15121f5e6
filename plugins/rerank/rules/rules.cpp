#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/plugin.h>

#include <optional>
#include <string>
#include <vector>

#include "slate_rules.h"

namespace assay::rules {
namespace {

enum class Unmet { error, fill };

/// Business rules: filters, boosts, buries, pins and quotas, as expressions over features of items,
/// users and requests.
///
///     filter: ['genres overlaps user.ruled_out', 'sku in user.hidden']
///     boost: ['genre == "Drama" and year >= 1990']
///     at_most: ['2 of publisher == "Acme"']
///
/// What users have ruled out is a feature of theirs, a set of the values that an item's feature has.
class Rules : public RerankStrategy {
 public:
  struct Params : Texts, Strengths {
    Unmet unmet = Unmet::error;
    extra::Relevance relevance = extra::Relevance::minmax;
  };
  static void describe(ParamList<Params>& p) {
    describe_rules(p);
    p.add("boost_by", static_cast<double Params::*>(&Params::boost_by),
          "What each boost adds, in units of relevance.")
        .range(0, 1e6);
    p.add("bury_by", static_cast<double Params::*>(&Params::bury_by),
          "What each bury takes away, in units of relevance.")
        .range(0, 1e6);
    p.add("pin_place", static_cast<int64_t Params::*>(&Params::pin_place),
          "The position of the first pin, 1 being the top; further pins stand below it.")
        .range(1, 1e6);
    p.choice(
        "unmet", &Params::unmet, {{"error", Unmet::error}, {"fill", Unmet::fill}},
        "Where the candidates of a request cannot meet an at_least: fails (`error`), or serves "
        "as many as there are (`fill`).");
    extra::describe_relevance(p, &Params::relevance);
  }
  explicit Rules(const Params& params) : params_(params) {
    params_.fill = params.unmet == Unmet::fill;
  }

  void fit(const TrainingView& data, LabelledCandidates&, FitContext& ctx) override {
    prepare(ctx.features());
    bound({&features_.item, &features_.user, &data.context}).expect_possible(data.items);
    const std::string unknown = unknown_texts(*rules_, {&features_.item, &features_.user, nullptr});
    if (!unknown.empty()) ctx.note("warning", unknown);
  }
  void load(const Archive&, const LoadContext& ctx) override { prepare(*ctx.features); }

  CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates, int64_t n,
                        const ServeContext&) const override {
    std::optional<SlateRules> of_batch;
    if (!always_) of_batch = bound({&features_.item, &features_.user, &requests.context});
    const SlateRules& rules = always_ ? *always_ : *of_batch;
    const at::Tensor users = requests.user.cpu().contiguous();
    const int64_t* const user = users.const_data_ptr<int64_t>();
    return extra::choose_each_list(
        candidates, extra::relevance(candidates, params_.relevance), n, [&] {
          return [&](const extra::ListToChoose& list) {
            rules.choose(list.items, list.worth, {.user = user[list.row], .request = list.row},
                         list.places);
          };
        });
  }

 private:
  static void describe_rules(ParamList<Params>& p) {
    using Rule = std::vector<std::string> Params::*;
    p.add("filter", static_cast<Rule>(&Params::filter),
          "Leaves out candidates for which one of these rules holds, such as 'genres overlaps "
          "user.ruled_out'.");
    p.add("boost", static_cast<Rule>(&Params::boost),
          "Raises candidates by `boost_by` for each of these rules that holds, such as 'genre == "
          "\"Drama\" and year >= 1990'.");
    p.add("bury", static_cast<Rule>(&Params::bury),
          "Lowers candidates by `bury_by` for each of these rules that holds.");
    p.add("pin", static_cast<Rule>(&Params::pin),
          "Puts the best candidate for which each of these rules holds at the top, or from "
          "`pin_place` on.");
    p.add("at_least", static_cast<Rule>(&Params::at_least),
          "Quotas that a slate must reach, such as '2 of genre == \"Drama\"'.");
    p.add("at_most", static_cast<Rule>(&Params::at_most),
          "Quotas that a slate must not exceed; it is rather shorter.");
  }

  void prepare(const Features& features) {
    features_ = features;
    rules_.emplace(params_);
    if (!rules_->names_context()) always_ = bound({&features_.item, &features_.user, nullptr});
  }
  SlateRules bound(const Tables& tables) const { return {*rules_, params_, tables}; }

  Params params_;
  Features features_;  // which rules point into
  std::optional<Rulebook> rules_;
  std::optional<SlateRules> always_;  // absent where they speak of requests
};

}  // namespace
}  // namespace assay::rules

ASSAY_PLUGINS(assay::plugin<assay::rules::Rules>({
    .name = "rules",
    .doc = "Business rules: filters, boosts, buries, pins and quotas, as expressions over features "
           "of items, users and requests.",
}))
