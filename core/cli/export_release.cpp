#include "cli/export_release.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string_view>
#include <utility>

#include "analysis/resolved_config.h"
#include "cli/anonymity.h"
#include "error/error.h"
#include "task/slice.h"
#include "text/counted.h"

namespace assay::cli {
namespace {

using results::Cell;
using results::QueryAnswer;

/// Columns that count what a row is about.
constexpr const char* kCounts[] = {"requests", "n"};
/// Columns that may quote outside ids.
constexpr const char* kQuotes[] = {"reason", "config", "command_line", "description"};

std::string random_key() {
  std::string key(dataset::Pseudonyms::kLeastBytes, '\0');
  const ssize_t drawn = ::getrandom(key.data(), key.size(), 0);
  error::require(drawn == std::ssize(key), "the kernel draws a key of 32 bytes");
  return key;
}

std::vector<std::string> item_ids_of(const results::Reader& reader,
                                     const std::string& request_set) {
  const Cell parameters[] = {request_set};
  const QueryAnswer answer = reader.query(
      "SELECT item_ids FROM catalogue JOIN request_set USING (prepared_hash) WHERE request_set = ?",
      parameters);
  error::require(!answer.rows.empty(), "a request set has a catalogue");
  return nlohmann::json::parse(std::get<std::string>(answer.rows[0][0]))
      .get<std::vector<std::string>>();
}

/// Places in the order of texts.
std::vector<int64_t> order_of(const std::vector<std::string>& texts) {
  std::vector<int64_t> order(texts.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::ranges::sort(order, {}, [&](int64_t at) { return texts[static_cast<size_t>(at)]; });
  return order;
}

/// The label of each request: those of its user, or nothing.
std::vector<std::string> labels_of(const results::LabelRow& cut,
                                   const std::vector<int32_t>& users) {
  std::vector<std::string> out;
  for (const int32_t user : users) {
    std::string& text = out.emplace_back();
    if (user < 0) continue;
    const auto at = static_cast<size_t>(user);
    for (int64_t i = cut.offsets.at(at); i < cut.offsets.at(at + 1); ++i)
      text += (text.empty() ? "" : "+") +
              cut.labels.at(static_cast<size_t>(cut.codes.at(static_cast<size_t>(i))));
  }
  return out;
}

/// Takes out rows that are about fewer than `k`; returns how many.
int64_t drop_small(QueryAnswer& answer, int64_t k) {
  const size_t before = answer.rows.size();
  for (size_t c = 0; c < answer.columns.size(); ++c) {
    if (std::ranges::count(kCounts, std::string_view(answer.columns[c])) == 0) continue;
    std::erase_if(answer.rows, [&](const auto& row) {
      const auto* count = std::get_if<int64_t>(&row[c]);
      return count != nullptr && *count < k;
    });
  }
  return static_cast<int64_t>(before - answer.rows.size());
}

void drop_quotes(QueryAnswer& answer) {
  for (size_t c = 0; c < answer.columns.size(); ++c)
    if (std::ranges::count(kQuotes, std::string_view(answer.columns[c])) > 0)
      for (auto& row : answer.rows) row[c] = std::monostate{};
}

}  // namespace

Release::Release(const report::OpenRun& run, std::optional<int64_t> k) : run_(run), k_(k) {
  if (k_) names_.emplace(random_key());
}

const ReleasedSet& Release::of(const std::string& request_set) {
  const auto known = sets_.find(request_set);
  if (known != sets_.end()) return known->second;
  ReleasedSet set = k_ ? anonymous_of(request_set) : all_of(request_set);
  return sets_.emplace(request_set, std::move(set)).first->second;
}

ReleasedSet Release::all_of(const std::string& request_set) const {
  ReleasedSet out;
  out.users = run_.reader().request_user_ids(request_set);
  out.times = run_.reader().request_users(request_set).times;
  out.rows.resize(out.users.size());
  std::iota(out.rows.begin(), out.rows.end(), int64_t{0});
  out.item_ids = item_ids_of(run_.reader(), request_set);
  out.items.resize(out.item_ids.size());
  std::iota(out.items.begin(), out.items.end(), int64_t{0});
  return out;
}

std::vector<std::string> Release::cuts() const {
  std::vector<std::string> out;
  for (const std::string& text :
       analysis::config_list(run_.info().row.config, {"metrics", "slices"}))
    if (task::parse_slice(text).of == task::SliceSpec::Of::users) out.push_back(text);
  return out;
}

ReleasedSet Release::anonymous_of(const std::string& request_set) {
  const results::Reader reader = run_.reader();
  const std::vector<std::string> ids = reader.request_user_ids(request_set);
  const std::vector<int32_t> users = reader.request_users(request_set).users;
  Labelled asked{{}, ids};
  std::vector<std::string> cuts_there;
  for (const std::string& cut : cuts()) {
    const auto labels = reader.labels(request_set, cut);
    if (!labels) continue;
    cuts_there.push_back(cut);
    asked.labels.push_back(labels_of(*labels, users));
  }
  const Anonymised judged = anonymise(asked, *k_);
  requests_ += std::ssize(ids);
  generalised_ += judged.generalised;
  left_out_ += judged.left_out;

  ReleasedSet out;
  std::vector<std::string> drawn;
  for (size_t r = 0; r < ids.size(); ++r) {
    const std::string user = ids[r].empty() ? "" : names_->name("user", ids[r]);
    drawn.push_back(user + names_->name("request", fmt::format("{}/{}", request_set, r)));
  }
  for (const int64_t row : order_of(drawn)) {
    const auto r = static_cast<size_t>(row);
    if (judged.kept[r] == 0) continue;
    out.rows.push_back(row);
    out.users.push_back(ids[r].empty() ? "" : names_->name("user", ids[r]));
    for (size_t cut = 0; cut < cuts_there.size(); ++cut)
      out.labels[cuts_there[cut]].push_back(judged.labels[cut][r]);
  }
  out.times.assign(out.rows.size(), -1);
  for (const std::string& id : item_ids_of(reader, request_set))
    out.item_ids.push_back(names_->name("item", id));
  const std::vector<int64_t> order = order_of(out.item_ids);
  out.items.resize(order.size());
  for (size_t place = 0; place < order.size(); ++place)
    out.items[static_cast<size_t>(order[place])] = static_cast<int64_t>(place);
  std::ranges::sort(out.item_ids);
  return out;
}

QueryAnswer Release::view(const char* view) {
  const Cell parameters[] = {run_.info().run_id};
  return table(
      run_.reader().query(fmt::format("SELECT * FROM {} WHERE run_id = ?", view), parameters));
}

QueryAnswer Release::table(QueryAnswer answer) {
  if (!k_) return answer;
  small_rows_ += drop_small(answer, *k_);
  drop_quotes(answer);
  return answer;
}

std::vector<int64_t> released_truth(const results::ItemLists& truth, const ReleasedSet& set,
                                    size_t place) {
  const auto row = static_cast<size_t>(set.rows[place]);
  std::vector<int64_t> out;
  for (int64_t at = truth.offsets.at(row); at < truth.offsets.at(row + 1); ++at)
    out.push_back(set.items.at(static_cast<size_t>(truth.items.at(static_cast<size_t>(at)))));
  std::ranges::sort(out);
  return out;
}

std::string Release::account() const {
  if (!k_) return "";
  return fmt::format(
      "Anonymised with k = {}: of {}, {} left out and {} said with fewer labels; {} of tables left "
      "out, which are about fewer than {} requests. The key of the new ids was kept nowhere.\n",
      *k_, text::counted(requests_, "request"), left_out_, generalised_,
      text::counted(small_rows_, "row"), *k_);
}

}  // namespace assay::cli
