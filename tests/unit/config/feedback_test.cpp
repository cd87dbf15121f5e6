#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load.h"
#include "task/feedback_spec.h"

namespace assay::config {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string file(const std::string& more) {
  return "data: {source: movielens-100k, targets: {like: {column: rating, at_least: 4}}}\n"
         "variants:\n"
         "  control: {recall: [{plugin: popularity}]}\n"
         "  other: {extends: control, " +
         more + "}\n";
}

TEST(Feedback, IsReadAndWrittenAgain) {
  const task::Experiment experiment = load_text(
      file("perturb: {dropped: 0.1, noise: {share: 0.2, of: values}, attack: {kind: segment, "
           "targets: ['50'], segment: {feature: genres, value: Horror}}}, "
           "augment: {method: mask, below: 7}"));
  const task::VariantSpec& other = experiment.variants[1];
  ASSERT_TRUE(other.perturb && other.augment);
  EXPECT_EQ(other.perturb->dropped, 0.1);
  EXPECT_EQ(other.perturb->noise->of, task::NoiseOf::values);
  EXPECT_EQ(other.perturb->attack->value, "Horror");
  EXPECT_EQ(other.perturb->attack->share, 0.05);
  EXPECT_EQ(other.augment->share, 0.3) << "as published for mask";
  EXPECT_EQ(load_text(experiment.resolved_text).resolved_text, experiment.resolved_text);
  const nlohmann::json json = *other.perturb;
  EXPECT_EQ(nlohmann::json(json.get<task::PerturbSpec>()), json) << "a round trip loses nothing";
}

TEST(Feedback, IsNobodysWhereTheFileSaysNothingOfIt) {
  const task::Experiment experiment = load_text(file("rank: []"));
  EXPECT_FALSE(experiment.variants[1].perturb);
  EXPECT_THAT(experiment.resolved_text,
              AllOf(Not(HasSubstr("perturb")), Not(HasSubstr("augment"))));
}

TEST(Feedback, NothingDroppedIsTheLogAsItIs) {
  const task::Experiment experiment = load_text(file("perturb: {dropped: {grid: [0, 0.2]}}"));
  ASSERT_EQ(experiment.variants.size(), 3U);
  EXPECT_FALSE(experiment.variants[1].perturb);
  EXPECT_EQ(experiment.variants[2].perturb->dropped, 0.2);
}

TEST(Feedback, FindsTheVariantThatDiffersInPerturbAlone) {
  const task::Experiment experiment =
      load_text(file("perturb: {dropped: 0.1}") +
                "  third: {extends: other, augment: {method: crop}}\n  fourth: {extends: other, "
                "set: {recall.0.k: 77}}\n");
  const auto twin = [&](size_t variant) {
    const auto* found = task::unperturbed_twin(experiment.variants[variant], experiment.variants);
    return found == nullptr ? std::string() : found->name;
  };
  EXPECT_EQ(twin(1), "control");
  EXPECT_THAT(twin(2), IsEmpty()) << "nobody has its augmentation";
  EXPECT_THAT(twin(3), IsEmpty()) << "nobody has its k";
}

TEST(Feedback, SaysWhatIsWrongWithAPerturbation) {
  const auto problems = [](const std::string& perturb) {
    return problems_of(file("perturb: " + perturb));
  };
  EXPECT_THAT(problems("{}"), HasSubstr("variants.other.perturb"));
  EXPECT_THAT(problems("{seed: 2}"), HasSubstr("variants.other.perturb changes nothing"));
  EXPECT_THAT(problems("{droped: 0.1}"), HasSubstr("did you mean \"dropped\"?"));
  EXPECT_THAT(problems("{dropped: 1.5}"), HasSubstr("perturb.dropped is 1.5; it must be 0 to 1"));
  EXPECT_THAT(problems("{noise: {of: items}}"), HasSubstr("perturb.noise.share is missing"));
  EXPECT_THAT(problems("{noise: {share: -1}}"),
              HasSubstr("perturb.noise.share is -1; it must be 0 to 1"));
  EXPECT_THAT(problems("{attack: {kind: averge, targets: [a]}}"),
              AllOf(HasSubstr("perturb.attack.kind is averge"), HasSubstr("average")));
  EXPECT_THAT(problems("{attack: {kind: random}}"), HasSubstr("perturb.attack.targets is missing"));
  EXPECT_THAT(problems("{attack: {kind: random, targets: []}}"), HasSubstr("targets is empty"));
  EXPECT_THAT(problems("{attack: {kind: random, targets: [a], selected: 3}}"),
              HasSubstr("selected belongs to the kinds bandwagon and segment"));
  EXPECT_THAT(problems("{attack: {kind: segment, targets: [a]}}"),
              HasSubstr("perturb.attack.segment is missing"));
}

TEST(Feedback, SaysWhatIsWrongWithAnAugmentation) {
  const auto problems = [](const std::string& augment) {
    return problems_of(file("augment: " + augment));
  };
  EXPECT_THAT(problems("{below: 3}"), HasSubstr("augment.method is missing"));
  EXPECT_THAT(problems("{method: crop, of: items}"),
              HasSubstr("augment.of belongs to the method neighbours"));
  EXPECT_THAT(problems("{method: neighbours, copies: 3}"),
              HasSubstr("augment.copies belongs to the methods crop, mask and reorder"));
  EXPECT_THAT(problems("{method: crop, share: 1}"), HasSubstr("augment.share is 1; it must be"));
}

TEST(Feedback, IsLookedForAtAVariant) {
  EXPECT_THAT(problems_of(file("rank: []") + "perturb: {dropped: 0.1}\n"),
              HasSubstr("perturb is a key of a variant: variants.<name>.perturb"));
}

}  // namespace
}  // namespace assay::config
