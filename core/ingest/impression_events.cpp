#include "ingest/impression_events.h"

#include <fmt/format.h>

#include "error/error.h"
#include "ingest/event_builder.h"

namespace assay::ingest {
namespace {

void add_all(const dataset::TextView& texts, dataset::Interner& ids) {
  for (int64_t i = 0; i < texts.size(); ++i) ids.add(texts[i]);
}

int32_t anonymous_user(int64_t request, dataset::Interner& users) {
  std::string name = fmt::format("anonymous request {}", request + 1);
  while (users.find(name) >= 0) name += '_';
  return users.add(name);
}

}  // namespace

void add_positives(const dataset::Impressions& table, const task::ImpressionsSpec& spec,
                   EventBuilder& events) {
  add_all(table.ids("user"), events.users());
  add_all(table.ids("item"), events.items());
  const dataset::LabelView& label = table.labels().front();
  const auto user = table.user(), item = table.item();
  const auto time_us = table.time_us(), offsets = table.offsets();
  for (int64_t request = 0; request < table.requests(); ++request) {
    int32_t of = user[request];
    for (int64_t row = offsets[request]; row < offsets[request + 1]; ++row) {
      if (item[row] < 0 || !label.positive(row)) continue;
      if (of < 0) of = anonymous_user(request, events.users());
      events.event(of, item[row], -1, Origin{spec.path, row + 1, "row"});
      if (!time_us.empty()) events.time(time_us[request]);
    }
  }
  if (events.size() == 0)
    throw error::UserError(
        spec.path, fmt::format("has no row with label {} and an item: impressions alone make these "
                               "the log; name a log beside them, or another first label",
                               label.name));
  events.times_are_dated();  // days were read as such already
}

void require_items(const task::ImpressionsSpec& spec) {
  if (spec.columns.contains("item") || !spec.item_from.empty()) return;
  throw error::UserError(
      spec.where,
      "impressions say nothing of items, so nothing can be recalled or ranked: name columns.item, "
      "or item_from: [columns], whose distinct rows are items then");
}

}  // namespace assay::ingest
