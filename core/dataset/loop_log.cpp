#include "dataset/loop_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <map>
#include <numeric>

#include "dataset/cache.h"
#include "dataset/logged_rows.h"
#include "dataset/prepared.h"
#include "dataset/prepared_writer.h"
#include "dataset/requests.h"
#include "error/error.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;  // raised when the same clicks give another file
constexpr std::array kRequestWindows = {task::Window::rank, task::Window::validation,
                                        task::Window::test};

json identity(const std::string& of, const std::string& previous) {
  return {{"loop_log", kVersion}, {"prepared", of}, {"previous", previous}};
}

/// The logged rows of a prepared file, whose ids are dense already.
LoggedRows logged_rows_of(const PreparedData& data) {
  LoggedRows rows(Impressions::open(data.logged_rows_path()));
  rows.user_of.resize(static_cast<size_t>(data.users()));
  rows.item_of.resize(static_cast<size_t>(data.items()));
  std::iota(rows.user_of.begin(), rows.user_of.end(), 0);
  std::iota(rows.item_of.begin(), rows.item_of.end(), 0);
  rows.window.append(rows.table.window());
  return rows;
}

/// Writes the file of one day.
class LoopWriting {
 public:
  LoopWriting(const PreparedData& data, const task::TrafficSpec& traffic, const LoopClicks& of)
      : data_(data),
        traffic_(traffic),
        of_(of),
        rows_(logged_rows_of(data)),
        file_(SafetensorsFile::open(data.path())),
        info_(data.info()) {}

  void write(const std::string& path) {
    events_.users = data_.users();
    events_.items = data_.items();
    events_.targets.resize(data_.targets().size());
    keep_history();
    add_clicks();
    const Warm warm = find_warm(events_);
    for (const task::Window window : kRequestWindows) add_window(window, warm);
    add_events();
    for (const std::string& name : file_.names())
      if (!name.starts_with("event.") && !name.starts_with("requests."))
        out_.add(name, file_.tensor(name));
    tell();
    out_.note("info", info_.dump(-1, ' ', false, json::error_handler_t::replace));
    out_.write(path);
  }

 private:
  void add(int32_t user, int32_t item, int64_t time_us, float value, uint8_t window) {
    events_.user.push_back(user);
    events_.item.push_back(item);
    events_.time_us.push_back(time_us);
    events_.value.push_back(value);
    events_.window.push_back(window);
  }

  void keep_history() {
    const auto user = data_.array<int32_t>("event.user");
    const auto item = data_.array<int32_t>("event.item");
    const auto time_us = data_.array<int64_t>("event.time_us");
    const auto value = data_.array<float>("event.value");
    const auto window = data_.array<uint8_t>("event.window");
    for (size_t e = 0; e < user.size() && time_us[e] < of_.begin_us; ++e) {
      add(user[e], item[e], time_us[e], value[e], window[e]);
      for (size_t t = 0; t < events_.targets.size(); ++t)
        events_.targets[t].push_back(data_.array<uint8_t>("event.target." + data_.targets()[t])[e]);
    }
  }

  // In the order of time, clicks of a request from the top of its list down.
  void add_clicks() {
    std::vector<LoopClick> clicks = of_.clicks;
    std::ranges::stable_sort(clicks, {}, [&](const LoopClick& click) {
      return std::pair(rows_.time_us(click.request), click.request);
    });
    for (const LoopClick& click : clicks) {
      const uint8_t window = rows_.window[static_cast<size_t>(click.request)];
      error::require(window < static_cast<uint8_t>(task::Window::test),
                     "a log has clicks of earlier days alone");
      add(static_cast<int32_t>(rows_.user(click.request)), click.item, rows_.time_us(click.request),
          1, window);
      for (std::vector<uint8_t>& target : events_.targets) target.push_back(kTargetHolds);
      clicked_[click.request].push_back(click.item);
    }
  }

  void add_events() {
    out_.add("event.user", events_.user);
    out_.add("event.item", events_.item);
    out_.add("event.time_us", events_.time_us);
    out_.add("event.value", events_.value);
    out_.add("event.window", events_.window);
    for (size_t t = 0; t < events_.targets.size(); ++t)
      out_.add("event.target." + data_.targets()[t], events_.targets[t]);
  }

  void add_window(task::Window window, const Warm& warm) {
    RequestSet set = build_logged_requests(rows_, events_, warm, window, {}, traffic_);
    error::require(set.size() == data_.requests(window).size(),
                   "the requests of a day do not depend on what was served before");
    if (window != task::Window::test) replace_truth(set);
    info_["distinct_histories"][std::string(name_of(window))] =
        are_distinct(set.history, events_.items);
    sets_.push_back(std::move(set));
    add_requests(out_, window, sets_.back(), events_, data_.labels());
  }

  // What the logging policy showed on the days of the loop was never shown here.
  void replace_truth(RequestSet& set) const {
    RaggedColumns truth;
    for (int64_t r = 0; r < set.size(); ++r) {
      const auto request = static_cast<int32_t>(set.logged[static_cast<size_t>(r)]);
      std::vector<int64_t> items;
      if (rows_.time_us(request) < of_.begin_us) {
        const auto row = set.truth.row(r);
        items.assign(row.begin(), row.end());
      } else if (const auto found = clicked_.find(request); found != clicked_.end()) {
        items.assign(found->second.begin(), found->second.end());
        std::ranges::sort(items);
      }
      truth.values.append(items);
      truth.offsets.push_back(static_cast<int64_t>(truth.values.size()));
    }
    set.truth = std::move(truth);
  }

  void tell() {
    info_["events"] = events_.size();
    info_.erase("learning_sizes");
    info_["earlier_folds"] = json::array();
    for (int w = 0; w < kWindows; ++w) {
      json& window = info_["windows"][std::string(name_of(static_cast<task::Window>(w)))];
      int64_t count = 0, positives = 0;
      for (size_t e = 0; e < events_.size(); ++e) {
        if (events_.window[e] != w) continue;
        ++count;
        positives += events_.positive(e);
      }
      window["events"] = count;
      window["positives"] = positives;
    }
    info_["loop_log"] = {{"clicks", of_.clicks.size()}};
  }

  const PreparedData& data_;
  const task::TrafficSpec& traffic_;
  const LoopClicks& of_;
  LoggedRows rows_;
  const SafetensorsFile file_;
  json info_;
  Events events_;
  std::map<int32_t, std::vector<int32_t>> clicked_;  // by request
  std::deque<RequestSet> sets_;                      // until the file is written
  SafetensorsWriter out_;
};

}  // namespace

LearningLogRef loop_log(const PreparedRef& prepared, const std::string& previous) {
  const std::filesystem::path of(prepared.path);
  const std::string name = cache_key(identity(of.filename().string(), previous));
  return {(of.parent_path() / cache_file(name, kPreparedLayout)).string(),
          cache_key(identity(prepared.key, previous))};
}

void make_loop_log(const std::string& path, const std::string& prepared,
                   const task::TrafficSpec& traffic, const std::function<LoopClicks()>& clicks,
                   const Notice& notice) {
  find_or_make(
      path, "the log of a day of a loop",
      [&](const std::string& at) {
        const PreparedData data = PreparedData::open(prepared);
        const LoopClicks of = clicks();
        LoopWriting(data, traffic, of).write(at);
      },
      notice);
}

}  // namespace assay::dataset
