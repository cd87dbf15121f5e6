#pragma once

/// Rows that hold lists, in JSON lines and Parquet.

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::test {

/// A list of events, each with an item of that type.
inline std::shared_ptr<arrow::DataType> events_type(const std::shared_ptr<arrow::DataType>& item) {
  return arrow::list(arrow::struct_({arrow::field("aid", item), arrow::field("ts", arrow::int64()),
                                     arrow::field("type", arrow::utf8()),
                                     arrow::field("stars", arrow::float64())}));
}

/// Rows that hold lists, in JSON lines and Parquet.
class NestedRows : public LogTables {
 protected:
  /// "user item time type" of each event, in the order of times.
  std::vector<std::string> events(const task::DatasetSpec& dataset) {
    const dataset::ImportedData log = imported(folder_, dataset);
    const auto users = texts(log.user_ids()), items = texts(log.item_ids());
    const auto user = values<int32_t>(log.file(), "event.user");
    const auto item = values<int32_t>(log.file(), "event.item");
    const auto time = seconds(log.file(), "event.time_us");
    const auto& types = log.info().at("event_types");
    std::vector<std::string> out;
    for (size_t i = 0; i < user.size(); ++i) {
      out.push_back(fmt::format("{} {} {}", users[static_cast<size_t>(user[i])],
                                items[static_cast<size_t>(item[i])], time[i]));
      if (!types.empty())
        out.back() += " " + types.at(log.file().array<int32_t>("event.type")[i]).get<std::string>();
    }
    return out;
  }

  task::DatasetSpec nested(const std::string& name, const std::string& format) const {
    task::DatasetSpec dataset = dataset_at(folder_.path(name), format);
    dataset.columns = {{"user", "session"},
                       {"item", "events.aid"},
                       {"time", "events.ts"},
                       {"event", "events.type"}};
    return dataset;
  }
  task::DatasetSpec lists(const std::string& name, const std::string& format) const {
    task::DatasetSpec dataset = dataset_at(folder_.path(name), format);
    dataset.columns = {{"user", "user"}, {"item", "items"}, {"time", "times"}};
    return dataset;
  }

  /// Writes a file of `rows` (session or user, then the list or lists) in a format.
  std::string error_of_lists(const std::string& format, const std::string& users,
                             const std::string& items, const std::string& times) {
    if (format == "parquet") {
      write_parquet(folder_.path("log.parquet"), {{"user", arrow::int64(), users},
                                                  {"items", arrow::list(arrow::int64()), items},
                                                  {"times", arrow::list(arrow::int64()), times}});
    } else {
      const auto u = nlohmann::json::parse(users), i = nlohmann::json::parse(items),
                 t = nlohmann::json::parse(times);
      std::string text;
      for (size_t row = 0; row < u.size(); ++row)
        text +=
            nlohmann::json{{"user", u[row]}, {"items", i[row]}, {"times", t[row]}}.dump() + "\n";
      folder_.write("log.jsonl", text);
    }
    return error(lists("log." + format, format));
  }
};

inline constexpr const char* kSessions =
    "{\"session\": 12, \"events\": [{\"aid\": 5, \"ts\": 30, \"type\": \"clicks\", \"stars\": 3}, "
    "{\"aid\": 7, \"ts\": 40, \"type\": \"carts\", \"stars\": 4.5}]}\n"
    "{\"session\": 3, \"events\": [{\"aid\": 5, \"ts\": 35, \"type\": \"orders\", \"stars\": "
    "1}]}\n";

}  // namespace assay::test
