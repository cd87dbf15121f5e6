#include "dataset/log_facts.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "dataset/time.h"

namespace assay::dataset {
namespace {

bool has_repeats(const Events& events, const ByUser& by_user) {
  std::vector<int64_t> last_user(events.items, -1);
  for (int64_t user = 0; user < events.users; ++user) {
    for (const int32_t event : by_user.of(user)) {
      int64_t& last = last_user[events.item[event]];
      if (last == user) return true;
      last = user;
    }
  }
  return false;
}

}  // namespace

LogFacts::LogFacts(const Events& events, const std::string& kind)
    : events_(events),
      users_(kind == "user"),
      id_(users_ ? events.user : events.item),
      ids_(users_ ? events.users : events.items),
      by_user_(std::in_place, events) {
  if (!has_repeats(events, *by_user_)) by_user_.reset();
}

bool LogFacts::has(Fact fact) const {
  if (fact == Fact::partners) return by_user_.has_value();
  if (fact == Fact::positives) return !events_.targets.empty();
  return fact != Fact::last_time || events_.has_times();
}

// Every pair of user and item once.
void LogFacts::add_partners(const EventRange& range, std::vector<double>& out,
                            std::vector<int32_t>& count) const {
  std::vector<int64_t> last_user(events_.items, -1);
  for (int64_t user = 0; user < events_.users; ++user) {
    for (const int32_t event : by_user_->of(user)) {
      const auto e = static_cast<size_t>(event);
      if (e < range.from || !range.windows.test(events_.window[e])) continue;
      if (last_user[events_.item[e]] == user) continue;
      last_user[events_.item[e]] = user;
      ++out[id_[e]];
      ++count[id_[e]];
    }
  }
}

std::vector<double> LogFacts::tell(Fact fact, const EventRange& range) const {
  std::vector<double> out(ids_, 0);
  std::vector<int32_t> count(ids_, 0);
  if (fact == Fact::partners) add_partners(range, out, count);
  for (size_t e = range.from; e < events_.size() && fact != Fact::partners; ++e) {
    if (!range.windows.test(events_.window[e])) continue;
    if (fact == Fact::mean_value && std::isnan(events_.value[e])) continue;
    double& told = out[id_[e]];
    const bool first = ++count[id_[e]] == 1;
    if (fact == Fact::events) ++told;
    if (fact == Fact::positives) told += events_.positive(e);
    if (fact == Fact::mean_value) told += events_.value[e];
    if (fact != Fact::last_time) continue;
    const double time = static_cast<double>(events_.time_us[e]) / kMicroseconds;
    told = first ? time : std::max(told, time);
  }
  const bool zero_is_known =
      range.zero_is_known && fact != Fact::mean_value && fact != Fact::last_time;
  for (int64_t one = 0; one < ids_; ++one) {
    if (count[one] == 0 && !zero_is_known) out[one] = std::numeric_limits<double>::quiet_NaN();
    if (count[one] > 0 && fact == Fact::mean_value) out[one] /= count[one];
  }
  return out;
}

std::string LogFacts::text(Fact fact) const {
  if (fact == Fact::events) return "number of events";
  if (fact == Fact::partners) return users_ ? "number of items" : "number of users";
  if (fact == Fact::positives) return "number of positives";
  return fact == Fact::mean_value ? "mean value" : "time of the last event";
}

}  // namespace assay::dataset
