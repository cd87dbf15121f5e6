#include "dataset/imported.h"

#include <algorithm>

#include "dataset/dense_ids.h"
#include "dataset/features.h"
#include "dataset/in_parallel.h"
#include "dataset/time.h"
#include "dataset/time_order.h"
#include "error/error.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

template <typename T>
std::vector<T> gather(const std::vector<T>& values, std::span<const int32_t> rows) {
  std::vector<T> out(values.empty() ? 0 : rows.size());
  for (size_t i = 0; i < out.size(); ++i) out[i] = values[rows[i]];
  return out;
}

/// Everything of a table in the order of its outside ids; owns what the writer's views point to.
struct OrderedTable {
  TextColumn ids;
  std::vector<uint8_t> listed;
  std::vector<int64_t> known_since_us;
  std::vector<FeatureColumn> columns;
  std::vector<FeatureView> features;

  OrderedTable(const EntityTable& in, std::span<const int32_t> order)
      : ids(select(in.ids.view(), order)),
        listed(gather(in.listed, order)),
        known_since_us(gather(in.known_since_us, order)) {
    for (const FeatureColumn& feature : in.features)
      columns.push_back(select(view_of(feature), order));
    for (const FeatureColumn& feature : columns) features.push_back(view_of(feature));
  }

  void add_to(SafetensorsWriter& out, const std::string& kind) const {
    out.add_text(kind + ".id.text", kind + ".id.offsets", ids.view());
    if (!listed.empty()) out.add(kind + ".listed", listed);
    if (!known_since_us.empty()) out.add(kind + ".known_since_us", known_since_us);
    for (const FeatureView& feature : features) add_feature(out, kind, feature);
  }
};

/// The values in the given order; `values` is given up, so that one column at a time is held twice.
template <typename T>
LargeVector<T> take(LargeVector<T>& values, const LargeVector<int32_t>& order) {
  if (order.empty() || values.empty()) return std::move(values);
  LargeVector<T> out;
  T* to = out.extend(order.size());
  in_parallel(order.size(), [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) to[i] = values[order[i]];
  });
  values = {};
  return out;
}

void renumber(LargeVector<int32_t>& ids, std::span<const int32_t> rank) {
  in_parallel(ids.size(), [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) ids[i] = rank[ids[i]];
  });
}

/// Events in time order with final ids.
struct OrderedEvents {
  TimeOrder order;
  LargeVector<int32_t> user, item, row, type;
  LargeVector<uint8_t> part;
  std::vector<NumberColumn> numbers;
  std::vector<TextCodes> texts;

  OrderedEvents(EventTable in, std::vector<TextCodes> in_texts, std::span<const int32_t> users,
                std::span<const int32_t> items, std::span<const int32_t> types)
      : order(order_by_time(std::move(in.time_us))),
        user(take(in.user, order.row)),
        item(take(in.item, order.row)),
        row(take(in.row, order.row)),
        type(take(in.type, order.row)),
        part(take(in.part, order.row)) {
    renumber(user, users);
    renumber(item, items);
    renumber(type, types);
    for (NumberColumn& column : in.numbers)
      numbers.push_back({column.name, take(column.values, order.row)});
    for (TextCodes& column : in_texts) {
      const std::vector<int32_t> labels = order_of_ids(column.labels.view());
      texts.push_back(
          {column.name, take(column.code, order.row), select(column.labels.view(), labels)});
      const std::vector<int32_t> rank = inverse(labels);
      for (int32_t& code : texts.back().code)
        if (code >= 0) code = rank[code];
    }
  }

  bool has_fractions() const {
    return std::ranges::any_of(order.time_us, [](int64_t t) { return t % kMicroseconds != 0; });
  }

  void add_to(SafetensorsWriter& out) const {
    out.add("event.user", user);
    out.add("event.item", item);
    const LargeVector<int32_t>& rows = row.empty() ? order.row : row;
    if (!rows.empty()) out.add("event.row", rows);
    if (!order.time_us.empty()) out.add("event.time_us", order.time_us);
    if (!type.empty()) out.add("event.type", type);
    if (!part.empty()) out.add("event.part", part);
    for (const NumberColumn& column : numbers)
      out.add("event.number." + column.name, column.values);
    for (const TextCodes& column : texts) {
      out.add("event.text." + column.name, column.code);
      out.add_text("event.labels." + column.name, "event.label_offsets." + column.name,
                   column.labels.view());
    }
  }
};

}  // namespace

void write_imported(Dataset data, json info, const std::string& path,
                    std::vector<TextCodes> texts) {
  const std::vector<int32_t> users = order_of_ids(data.users.ids.view());
  const std::vector<int32_t> items = order_of_ids(data.items.ids.view());
  const OrderedTable user_table(data.users, users);
  const OrderedTable item_table(data.items, items);
  info["value"] = data.events.value;
  info["numbers"] = json::array();
  for (const NumberColumn& column : data.events.numbers) info["numbers"].push_back(column.name);
  info["not_numbers"] = data.events.not_numbers;
  const std::vector<int32_t> types = order_of_ids(data.events.types.view());
  info["dates_are_numbers"] = data.events.dates_are_numbers;
  info["event_types"] = json::array();
  for (const int32_t type : types) info["event_types"].push_back(data.events.types[type]);
  const OrderedEvents events(std::move(data.events), std::move(texts), inverse(users),
                             inverse(items), inverse(types));
  info["fractions"] = events.has_fractions();
  info["features"] = {{"user", feature_info(user_table.features)},
                      {"item", feature_info(item_table.features)}};

  SafetensorsWriter out;
  user_table.add_to(out, "user");
  item_table.add_to(out, "item");
  events.add_to(out);
  out.note("info", info.dump(-1, ' ', false, json::error_handler_t::replace));
  out.write(path, data.preallocated.get());
}

ImportedData ImportedData::open(const std::string& path) {
  ImportedData out;
  out.file_ = SafetensorsFile::open(path);
  out.info_ = json::parse(out.file_.note("info"), nullptr, false);
  if (!out.info_.is_object()) throw error::UserError(path, "is damaged: it holds no imported data");
  return out;
}

int64_t ImportedData::events() const {
  return static_cast<int64_t>(file_.array<int32_t>("event.user").size());
}
int64_t ImportedData::users() const { return user_ids().size(); }
int64_t ImportedData::items() const { return item_ids().size(); }

TextView ImportedData::ids(const std::string& kind) const {
  return {file_.array<char>(kind + ".id.text"), file_.array<int64_t>(kind + ".id.offsets")};
}

}  // namespace assay::dataset
