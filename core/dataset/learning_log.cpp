#include "dataset/learning_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <numeric>

#include "dataset/attack_profiles.h"
#include "dataset/cache.h"
#include "dataset/features.h"
#include "dataset/log_changes.h"
#include "dataset/prepared_writer.h"
#include "dataset/pseudo_events.h"
#include "error/error.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;  // raised when the same changes give other events

struct Changes {
  const task::PerturbSpec* perturb;
  const task::AugmentSpec* augment;

  json identity(const std::string& of) const {
    json out = {{"learning_log", kVersion}, {"prepared", of}};
    if (perturb) out["perturb"] = *perturb;
    if (augment) out["augment"] = *augment;
    return out;
  }

  void apply(LogChanges& log) const {
    if (perturb) {
      if (perturb->dropped > 0) log.drop(perturb->dropped, perturb->seed);
      if (perturb->noise) log.disturb(*perturb->noise, perturb->seed, perturb->where);
      const std::vector<int64_t> left = log.kept_train();
      if (std::ranges::none_of(left, [&](int64_t e) { return log.is_positive(e); }))
        throw error::UserError(perturb->where,
                               "perturb leaves no positive event of train to learn from; lower it");
      if (perturb->attack) add_attack(log, *perturb->attack, perturb->seed, perturb->where);
    }
    if (augment) add_pseudo_events(log, *augment);
  }
};

/// Writes a prepared file with other events.
class Writing {
 public:
  Writing(const PreparedData& data, const LogChanges& log)
      : data_(data),
        file_(SafetensorsFile::open(data.path())),
        log_(log),
        columns_(log.columns()),
        info_(data.info()) {}

  void write(const std::string& path) {
    add_events();
    add_users();
    for (const std::string& name : file_.names())
      if (!name.starts_with("event.") && !name.starts_with("user."))
        out_.add(name, file_.tensor(name));
    tell();
    out_.note("info", info_.dump(-1, ' ', false, json::error_handler_t::replace));
    out_.write(path);
  }

 private:
  void add_events() {
    out_.add("event.user", columns_.user);
    out_.add("event.item", columns_.item);
    out_.add("event.time_us", columns_.time_us);
    if (!data_.event_types().empty()) out_.add("event.type", columns_.type);
    out_.add("event.value", columns_.value);
    out_.add("event.window", columns_.window);
    for (size_t t = 0; t < columns_.targets.size(); ++t)
      out_.add("event.target." + data_.targets()[t], columns_.targets[t]);
  }

  // Those that are added have ids that no file gave, and no features.
  void add_users() {
    std::vector<int32_t> rows(log_.users(), -1);
    std::iota(rows.begin(), rows.begin() + data_.users(), 0);
    for (int64_t u = 0; u < log_.users(); ++u)
      ids_.add(u < data_.users() ? std::string(data_.user_id(u))
                                 : fmt::format("\x01"
                                               "added {}",
                                               u - data_.users() + 1));
    out_.add_text("user.id.text", "user.id.offsets", ids_.view());
    for (const FeatureView& feature : features_in(file_, "user", info_.at("features").at("user"))) {
      features_.push_back(select(feature, rows));
      add_feature(out_, "user", view_of(features_.back()));
    }
  }

  void tell() {
    info_["users"] = log_.users();
    info_["events"] = columns_.user.size();
    info_.erase("learning_sizes");
    for (int w = 0; w < kWindows; ++w) {
      json& window = info_["windows"][std::string(name_of(static_cast<task::Window>(w)))];
      window["events"] = std::ranges::count(columns_.window, w);
      window["positives"] = positives(w);
    }
    for (json& fold : info_["earlier_folds"])
      for (json& end : fold) end = events_before(end.get<int64_t>());
    info_["learning_log"] = {{"dropped", std::ranges::count(log_.kept, 0)},
                             {"added", log_.added.size()},
                             {"new_users", log_.new_users}};
  }

  int64_t positives(int window) const {
    int64_t count = 0;
    for (size_t e = 0; e < columns_.window.size(); ++e)
      count += columns_.window[e] == window &&
               (columns_.targets.empty() || columns_.targets.front()[e] == kTargetHolds);
    return count;
  }

  // Events that come before, or stand behind, the first `end` of the data set.
  int64_t events_before(int64_t end) const {
    return std::ranges::lower_bound(columns_.place, end) - columns_.place.begin();
  }

  const PreparedData& data_;
  const SafetensorsFile file_;
  const LogChanges& log_;
  const LogChanges::Columns columns_;
  json info_;
  TextColumn ids_;
  std::deque<FeatureColumn> features_;
  SafetensorsWriter out_;
};

}  // namespace

LearningLogRef find_learning_log(const PreparedRef& prepared, const task::DatasetSpec& dataset,
                                 const task::PerturbSpec* perturb, const task::AugmentSpec* augment,
                                 const Notice& notice) {
  if (!perturb && !augment) return {prepared.path, prepared.key};
  const Changes changes{perturb, augment};
  const std::filesystem::path of(prepared.path);
  LearningLogRef out;
  out.key = cache_key(changes.identity(prepared.key));
  const std::string name = cache_key(changes.identity(of.filename().string()));
  out.path = (of.parent_path() / cache_file(name, kPreparedLayout)).string();
  find_or_make(
      out.path, "the log that is learnt from of " + dataset.name,
      [&](const std::string& path) {
        const PreparedData data = PreparedData::open(prepared.path);
        LogChanges log(data, dataset);
        changes.apply(log);
        Writing(data, log).write(path);
      },
      notice);
  return out;
}

}  // namespace assay::dataset
