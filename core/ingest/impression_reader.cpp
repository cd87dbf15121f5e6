#include "ingest/impression_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "error/error.h"
#include "ingest/impression_summary.h"
#include "ingest/times.h"

namespace assay::ingest {
namespace {

using nlohmann::json;

constexpr double kLargestCount = 2147483648;  // larger whole numbers of text files are ids
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

std::string name_of_role(const task::ImpressionsSpec& spec, const std::string& role) {
  const auto found = spec.columns.find(role);
  return found == spec.columns.end() ? role : found->second;
}

}  // namespace

ImpressionReader::ImpressionReader(const task::ImpressionsSpec& spec,
                                   const std::set<std::string>& categories)
    : spec_(spec),
      times_(spec.time, spec.where),
      user_ids_(users_, name_of_role(spec, "user"), "a user"),
      item_ids_(items_, name_of_role(spec, "item"), "an item"),
      allowed_ids_(items_, name_of_role(spec, "allowed"), "an item") {
  for (const task::TargetSpec& label : spec.labels)
    table_.labels.push_back({label.name, is_value(label), {}, {}});
  for (const std::string& name : spec.context) {
    dataset::ImpressionContext column;
    column.name = name;
    column.is_category = categories.contains(name);
    table_.context.push_back(std::move(column));
    labels_of_.push_back(std::make_unique<dataset::Interner>());
  }
}

NamedColumn ImpressionReader::column(Table& table, const std::string& name, const std::string& key,
                                     Use use) const {
  const int place = table.column(name, key);
  if (auto* batches = dynamic_cast<BatchTable*>(&table)) {
    batches->set_use(place, use);
  }
  return {place, name};
}

NamedColumn ImpressionReader::role(Table& table, const std::string& name, Use use) const {
  const auto found = spec_.columns.find(name);
  if (found == spec_.columns.end()) return {};
  return column(table, found->second, "impressions.columns." + name, use);
}

ImpressionReader::Places ImpressionReader::places_in(Table& table) const {
  Places at;
  if (auto* batches = dynamic_cast<BatchTable*>(&table)) {
    for (size_t place = 0; place < table.names().size(); ++place)
      batches->set_use(static_cast<int>(place), Use::unwanted);
  }
  for (const task::TargetSpec& label : spec_.labels)
    at.labels.push_back(column(table, label.column, "impressions.labels." + label.name,
                               label.equals_text ? Use::id : Use::number));
  for (const dataset::ImpressionContext& context : table_.context)
    at.context.push_back(column(table, context.name, "impressions.context",
                                context.is_category ? Use::id : Use::number));
  // After the context, which may have the same columns as numbers: 15704 is no "15704.0".
  for (const std::string& name : spec_.item_from)
    at.item_from.push_back(column(table, name, "impressions.item_from", Use::id));
  at.position = role(table, "position", Use::number);
  at.propensity = role(table, "propensity", Use::number);
  at.time = role(table, "time", Use::id);  // which tells counts from times
  at.request = role(table, "request", Use::id);
  at.user = role(table, "user", Use::id);
  at.item = role(table, "item", Use::id);
  at.allowed = role(table, "allowed", Use::id);
  return at;
}

void ImpressionReader::read(Table& table) {
  const Places at = places_in(table);
  request_.clear();
  while (table.next()) read_row(table, at);
}

void ImpressionReader::read_row(Table& table, const Places& at) {
  const Origin origin = table.origin();
  unit_ = origin.unit;
  if (begins_request(table, at, origin))
    read_request(table, at, origin);
  else
    same_request(table, at, origin);
  read_item(table, at, origin);
  if (at.position.exists())
    table_.position.push_back(position_of(table.cell(at.position.place), at.position.name, origin));
  if (at.propensity.exists())
    table_.propensity.push_back(
        propensity_of(table.cell(at.propensity.place), at.propensity.name, origin));
  read_labels(table, at, origin);
  read_context(table, at, origin);
  table_.offsets.back() = table_.rows();
}

bool ImpressionReader::begins_request(Table& table, const Places& at, const Origin& origin) {
  if (!at.request.exists()) return true;
  const std::string_view id =
      id_text(table.cell(at.request.place), at.request.name, origin, buffer_);
  if (id.empty())
    throw error::UserError(origin.text(), at.request.name + " is empty; every row has a request");
  if (id == request_) return false;
  request_ = id;
  pieces_.push_back({dataset::Interner::hash_of(id), static_cast<int64_t>(pieces_.size())});
  lines_.push_back(origin.line);
  return true;
}

void ImpressionReader::read_request(Table& table, const Places& at, const Origin& origin) {
  const int32_t user = user_of(table, at, origin);
  table_.user.push_back(user);
  if (at.time.exists()) {
    table_.time_us.push_back(time_in(table, at, origin));
    dated_ |= !times_.may_be_days() || is_dated(table.cell(at.time.place));
  }
  if (at.allowed.exists()) table_.allowed_set.push_back(allowed_of(table, at, origin));
  table_.offsets.push_back(table_.rows());
}

void ImpressionReader::same_request(Table& table, const Places& at, const Origin& origin) {
  const auto other = [&](const std::string& column, const std::string& found,
                         const std::string& before) {
    throw error::UserError(
        origin.text(), fmt::format("{} is {}, and was {} in an earlier row of request {}; all rows "
                                   "of a request have one",
                                   column, found, before, request_));
  };
  const auto user_text = [&](int32_t user) {
    return user < 0 ? std::string("empty") : std::string(users_.texts()[user]);
  };
  if (const int32_t user = user_of(table, at, origin); user != table_.user.back())
    other(at.user.name, user_text(user), user_text(table_.user.back()));
  if (at.time.exists()) {
    const int64_t time_us = time_in(table, at, origin);
    if (time_us != table_.time_us.back())
      other(at.time.name, shown_time(time_us), shown_time(table_.time_us.back()));
  }
  if (!at.allowed.exists() || allowed_of(table, at, origin) == table_.allowed_set.back()) return;
  other(at.allowed.name, "another set", "one");
}

int32_t ImpressionReader::user_of(Table& table, const Places& at, const Origin& origin) {
  if (!at.user.exists()) return -1;
  const Cell cell = table.cell(at.user.place);
  return cell.missing() ? -1 : user_ids_.row_of(cell, origin);
}

int64_t ImpressionReader::time_in(Table& table, const Places& at, const Origin& origin) const {
  return times_.time_of(table.cell(at.time.place), at.time.name, origin);
}

void ImpressionReader::read_item(Table& table, const Places& at, const Origin& origin) {
  int32_t item = -1;
  if (!at.item_from.empty()) {
    std::string text;
    for (const NamedColumn& column : at.item_from) {
      if (&column != &at.item_from.front()) text += '|';
      text += plain_text(table.cell(column.place), column.name, origin, buffer_);
    }
    item = add_id(text, items_, at.item_from.front().name, origin);
  } else if (at.item.exists()) {
    const Cell cell = table.cell(at.item.place);
    if (!cell.missing()) item = item_ids_.row_of(cell, origin);
  }
  without_item_ += item < 0;
  if (item >= 0 && !table_.allowed_set.empty() && table_.allowed_set.back() >= 0)
    outside_ += !is_allowed(item, table_.allowed_set.back());
  table_.item.push_back(item);
}

// A set is known by its items, ascending, as bytes.
int32_t ImpressionReader::allowed_of(Table& table, const Places& at, const Origin& origin) {
  const Cell cell = table.cell(at.allowed.place);
  if (cell.missing()) return -1;
  if (cell.kind == Cell::Kind::text && cell.text == allowed_text_) return allowed_known_;
  members_of(cell, at.allowed.name, origin, digits_, members_);
  set_.clear();
  for (const std::string_view member : members_)
    set_.push_back(add_id(member, items_, at.allowed.name, origin));
  std::ranges::sort(set_);
  set_.erase(std::ranges::unique(set_).begin(), set_.end());
  if (set_.empty())
    throw error::UserError(origin.text(),
                           fmt::format("{} is an empty list; leave the cell empty where all items "
                                       "may be shown",
                                       at.allowed.name));
  const int64_t known = sets_.size();
  const int32_t set = sets_.add({reinterpret_cast<const char*>(set_.data()), 4 * set_.size()});
  if (sets_.size() > known) {
    table_.allowed_values.append(set_);
    table_.allowed_offsets.push_back(static_cast<int64_t>(table_.allowed_values.size()));
  }
  allowed_text_ = cell.kind == Cell::Kind::text ? cell.text : std::string_view();
  allowed_known_ = set;
  return set;
}

bool ImpressionReader::is_allowed(int32_t item, int32_t set) const {
  const int64_t begin = table_.allowed_offsets[set], end = table_.allowed_offsets[set + 1];
  return std::ranges::binary_search(std::span(table_.allowed_values).subspan(begin, end - begin),
                                    item);
}

void ImpressionReader::read_labels(Table& table, const Places& at, const Origin& origin) {
  for (size_t i = 0; i < at.labels.size(); ++i) {
    const Cell cell = table.cell(at.labels[i].place);
    dataset::ImpressionLabel& label = table_.labels[i];
    if (label.is_value)
      label.value.push_back(value_of(cell, spec_.labels[i], origin));
    else
      label.flag.push_back(flag_of(cell, spec_.labels[i], origin));
  }
}

void ImpressionReader::read_context(Table& table, const Places& at, const Origin& origin) {
  for (size_t i = 0; i < at.context.size(); ++i) {
    const Cell cell = table.cell(at.context[i].place);
    dataset::ImpressionContext& column = table_.context[i];
    if (column.is_category) {
      const std::string_view text = plain_text(cell, column.name, origin, buffer_);
      column.code.push_back(text.empty() ? -1 : add_id(text, *labels_of_[i], column.name, origin));
      continue;
    }
    std::optional<double> number;
    try {
      number = finite_number(cell, column.name, origin);
    } catch (const error::UserError&) {
      throw NotNumbers{column.name};
    }
    // Hexadecimal texts such as 12345e67 may be numbers by chance.
    if (number && !std::isfinite(static_cast<float>(*number))) throw NotNumbers{column.name};
    // 32 bits would take some for others.
    const bool untyped = cell.kind != Cell::Kind::number || cell.text.empty();
    if (number && untyped && std::abs(*number) > kLargestCount && *number == std::floor(*number))
      throw NotNumbers{column.name};
    column.number.push_back(number ? static_cast<float>(*number) : kNaN);
  }
}

void ImpressionReader::finish(const std::string& path) {
  if (table_.rows() == 0) throw error::UserError(path, "holds no row");
  if (!pieces_.empty()) joined_ = join_pieces(pieces_, lines_, path, unit_, table_);
  find_request_columns(table_);
  for (size_t i = 0; i < table_.context.size(); ++i)
    if (table_.context[i].is_category) table_.context[i].labels = std::move(*labels_of_[i]).take();
  if (!table_.time_us.empty() && !dated_)
    read_compact_dates(table_.time_us, name_of_role(spec_, "time"), path);
}

void ImpressionReader::write(json info, const std::string& to,
                             const dataset::Pseudonyms* pseudonyms) {
  info.update(summary_of(table_));
  info.update({{"users", users_.size()},
               {"items", items_.size()},
               {"rows_without_item", without_item_},
               {"pieces", joined_},
               {"outside_allowed", outside_},
               {"allowed_sets", sets_.size()}});
  const dataset::TextColumn users = named(pseudonyms, "user", std::move(users_).take());
  const dataset::TextColumn items = named(pseudonyms, "item", std::move(items_).take());
  dataset::SafetensorsWriter out;
  add_impressions(out, table_);
  out.add_text("user.id.text", "user.id.offsets", users.view());
  out.add_text("item.id.text", "item.id.offsets", items.view());
  out.note("info", info.dump(-1, ' ', false, json::error_handler_t::replace));
  out.write(to);
}

}  // namespace assay::ingest
