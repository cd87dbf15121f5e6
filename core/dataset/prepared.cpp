#include "dataset/prepared.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "error/error.h"

namespace assay::dataset {

struct PreparedData::State {
  SafetensorsFile file;
  nlohmann::json info;
  std::vector<std::string> targets, labels, event_types;
  std::array<bool, 4> distinct_histories{};  // by Window
  TextView user_ids, item_ids;
  int64_t events = 0;
};

PreparedData PreparedData::open(const std::string& path) {
  auto state = std::make_shared<State>();
  state->file = SafetensorsFile::open(path);
  state->info = nlohmann::json::parse(state->file.note("info"), nullptr, false);
  if (!state->info.is_object() || !state->file.has("event.window")) {
    throw error::UserError(path, "is damaged: it holds no prepared data");
  }
  const SafetensorsFile& file = state->file;
  state->targets = state->info.at("targets").get<std::vector<std::string>>();
  state->labels = state->info.value("labels", state->targets);
  for (const nlohmann::json& type : state->info.at("event_types"))
    state->event_types.push_back(type.at("name").get<std::string>());
  for (const task::Window window :
       {task::Window::rank, task::Window::validation, task::Window::test})
    state->distinct_histories[static_cast<size_t>(window)] =
        state->info.at("distinct_histories").at(std::string(name_of(window))).get<bool>();
  state->user_ids = {file.array<char>("user.id.text"), file.array<int64_t>("user.id.offsets")};
  state->item_ids = {file.array<char>("item.id.text"), file.array<int64_t>("item.id.offsets")};
  state->events = static_cast<int64_t>(file.array<int32_t>("event.user").size());
  PreparedData out;
  out.state_ = std::move(state);
  return out;
}

const std::string& PreparedData::path() const { return state_->file.path(); }
int64_t PreparedData::users() const { return state_->user_ids.size(); }
int64_t PreparedData::items() const { return state_->item_ids.size(); }
int64_t PreparedData::events() const { return state_->events; }
const std::vector<std::string>& PreparedData::targets() const { return state_->targets; }
const std::vector<std::string>& PreparedData::labels() const { return state_->labels; }

std::string PreparedData::logged_rows_path() const {
  const std::string name = state_->info.value("impressions", std::string());
  if (name.empty()) return "";
  return (std::filesystem::path(path()).parent_path() / name).string();
}

const std::vector<std::string>& PreparedData::event_types() const { return state_->event_types; }
bool PreparedData::has_times() const { return state_->info.value("has_times", false); }
TensorView PreparedData::tensor(std::string_view name) const& { return state_->file.tensor(name); }
bool PreparedData::has(std::string_view name) const { return state_->file.has(name); }
std::string_view PreparedData::user_id(int64_t user) const& { return state_->user_ids[user]; }
std::string_view PreparedData::item_id(int64_t item) const& { return state_->item_ids[item]; }
TextView PreparedData::user_ids() const& { return state_->user_ids; }
TextView PreparedData::item_ids() const& { return state_->item_ids; }
const nlohmann::json& PreparedData::info() const { return state_->info; }

RaggedView PreparedData::ragged(std::string_view prefix) const& {
  return {state_->file.array<int64_t>(fmt::format("{}.values", prefix)),
          state_->file.array<int64_t>(fmt::format("{}.offsets", prefix))};
}

RequestSetView PreparedData::requests(task::Window window) const& {
  const std::string prefix = fmt::format("requests.{}", name_of(window));
  const SafetensorsFile& file = state_->file;
  RequestSetView out;
  out.user = file.array<int64_t>(prefix + ".user");
  out.time_us = file.array<int64_t>(prefix + ".time_us");
  out.history = ragged(prefix + ".history");
  if (has_times()) out.history_time_us = file.array<int64_t>(prefix + ".history.time_us");
  if (!event_types().empty()) out.history_type = file.array<int32_t>(prefix + ".history.type");
  out.distinct_histories = state_->distinct_histories[static_cast<size_t>(window)];
  if (file.has(prefix + ".logged")) out.logged = file.array<int64_t>(prefix + ".logged");
  out.excluded = ragged(prefix + ".excluded");
  out.truth = ragged(prefix + ".truth");
  return out;
}

bool PreparedData::has_typed_histories(task::Window window) const {
  return has(fmt::format("requests.{}.typed.type", name_of(window)));
}

RequestSetView PreparedData::typed_requests(task::Window window) const& {
  const std::string prefix = fmt::format("requests.{}.typed", name_of(window));
  const SafetensorsFile& file = state_->file;
  RequestSetView out = requests(window);
  out.history = ragged(prefix);
  if (has_times()) out.history_time_us = file.array<int64_t>(prefix + ".time_us");
  out.history_type = file.array<int32_t>(prefix + ".type");
  out.distinct_histories = false;
  return out;
}

bool PreparedData::has_requests(task::Window window) const {
  const std::string name = fmt::format("requests.{}.user", name_of(window));
  return has(name) && !tensor(name).bytes.empty();
}

}  // namespace assay::dataset
