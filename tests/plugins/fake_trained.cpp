// A strategy that is trained in epochs as a neural one is: it draws, validates, stops early, takes
// over what was chosen, notes curves, takes time and memory. It is best at a known epoch.
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include "fake_popular.h"

namespace {

class FakeTrained : public fake::Recall {
 public:
  struct Params {
    int64_t epochs = 40;
    int64_t patience = 3;
    int64_t best = 5;
    double epoch_ms = 0;
    bool heeds_trial = true;
    bool heeds_stop = true;
    int64_t peak_mib = 0;
    bool diverges = false;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("epochs", &Params::epochs, "Most epochs.").range(1, 100000);
    p.add("patience", &Params::patience, "Epochs without a better value; 0 trains to the end.")
        .range(0, 1000);
    p.add("best", &Params::best, "The epoch after which it gets worse.").range(1, 1000);
    p.add("epoch_ms", &Params::epoch_ms, "How long an epoch takes.").unit("ms").range(0, 60000);
    p.add("heeds_trial", &Params::heeds_trial, "Whether a trial fit is one epoch.");
    p.add("heeds_stop", &Params::heeds_stop, "Whether it stops when it is asked to.");
    p.add("peak_mib", &Params::peak_mib, "What it holds for a moment.").unit("MiB").range(0, 4096);
    p.add("diverges", &Params::diverges, "Whether its loss ends in NaN.");
  }
  explicit FakeTrained(const Params& params) : params_(params) {}

  static bool validates(const Params& params) { return params.patience > 0; }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    learn(data);
    score_ = score_.add(at::rand(score_.sizes(), ctx.generator()), 0.5);
    hold(params_.peak_mib);
    const int64_t trained = train(ctx);
    ctx.note("epochs", std::to_string(trained));
  }

  /// The further the last epoch is from the best one, the fewer items: a longer list is never worse.
  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext& ctx) const override {
    return fake::Recall::recall(requests, std::min(k, std::max<int64_t>(1, k - 3 * away_)), ctx);
  }

  void save(assay::Archive& archive) const override {
    fake::Recall::save(archive);
    archive.put_text("away", std::to_string(away_));
  }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    fake::Recall::load(archive, ctx);
    away_ = std::stoll(archive.text("away"));
  }

 private:
  /// Epochs until it stopped; what is kept is the best of them.
  int64_t train(assay::FitContext& ctx) {
    const std::string chosen = ctx.chosen("epochs");
    const int64_t last = chosen.empty() ? params_.epochs : std::stoll(chosen);
    double best_value = -1;
    int64_t best = 0, epoch = 0;
    while (epoch < last) {
      learn_epoch(++epoch);
      ctx.progress(epoch, last);
      ctx.note_step("loss", epoch, loss(epoch, last));
      if (params_.heeds_trial && ctx.trial()) break;
      if (params_.heeds_stop && ctx.stop_requested()) break;
      const double value =
          params_.patience > 0 ? ctx.validate() : std::numeric_limits<double>::quiet_NaN();
      if (std::isnan(value)) continue;
      if (value > best_value) {
        best_value = value;
        best = epoch;
      }
      if (epoch - best >= params_.patience) break;
    }
    if (best > 0) learn_epoch(best);
    ctx.note("chosen.epochs", std::to_string(best > 0 ? best : epoch));
    return epoch;
  }

  void learn_epoch(int64_t epoch) {
    if (params_.epoch_ms > 0) ::usleep(static_cast<useconds_t>(params_.epoch_ms * 1000));
    away_ = std::abs(epoch - params_.best);
  }

  double loss(int64_t epoch, int64_t last) const {
    if (params_.diverges && epoch == last) return std::numeric_limits<double>::quiet_NaN();
    return 1.0 / static_cast<double>(epoch);
  }

  static void hold(int64_t mib) {
    if (mib > 0) at::full({mib << 18}, 1.0F).sum();
  }

  Params params_;
  int64_t away_ = 0;  // epochs from the best one
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<FakeTrained>({.name = "fake_trained",
                                          .doc = "Popularity, learnt in epochs.",
                                          .traits = {.draws_in_fit = true, .validates = true}}))
