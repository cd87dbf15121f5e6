#include "dataset/cut_lists.h"

#include <fmt/format.h>

#include <array>

#include "dataset/cache.h"
#include "dataset/contents.h"
#include "dataset/knowing_lists.h"
#include "dataset/ranked_lists.h"
#include "error/error.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

constexpr int kVersion = 2;  // raised when the same lists and data give another file
constexpr std::array kRequestWindows = {task::Window::rank, task::Window::validation,
                                        task::Window::test};

std::string cut_key(const ListsToCut& asked, const std::string& contents) {
  return cache_key(
      {{"cut_lists", kVersion}, {"prepared", asked.prepared_key}, {"lists", contents}});
}

void make(const ListsToCut& asked, const std::string& path) {
  const ImportedData imported = ImportedData::open(asked.lists.path);
  check_lists(imported, ImportedData::open(asked.log_path), asked.name, asked.where);
  const PreparedData data = PreparedData::open(asked.prepared_path);
  const IdMap users(data.user_ids()), items(data.item_ids());
  const UnknownQueries unknown = unknown_queries(imported, users);
  json info = {{"queries", unknown.queries},
               {"unknown_queries", unknown.unknown},
               {"unknown_entries", unknown.entries},
               {"first_unknown", unknown.first}};
  std::array<RankedLists, kRequestWindows.size()> cut;
  SafetensorsWriter out;
  for (size_t w = 0; w < kRequestWindows.size(); ++w) {
    const std::string window(name_of(kRequestWindows[w]));
    cut[w] = cut_lists(imported, data.requests(kRequestWindows[w]), data.user_ids(), items);
    out.add(window + ".values", cut[w].item.values);
    out.add(window + ".offsets", cut[w].item.offsets);
    out.add(window + ".scores", cut[w].score);
    info["windows"][window] = cut[w].counts();
  }
  info["truth"] = truth_in_lists(cut.back(), data, unknown.queries - unknown.unknown);
  out.note("info", info.dump(-1, ' ', false, json::error_handler_t::replace));
  out.write(path);
}

}  // namespace

CutLists CutLists::open(const std::string& path) {
  CutLists out;
  out.file_ = SafetensorsFile::open(path);
  out.info_ = json::parse(out.file_.note("info"), nullptr, false);
  if (!out.info_.is_object() || !out.file_.has("test.values"))
    throw error::UserError(path, "is damaged: it holds no ranked lists");
  return out;
}

RaggedView CutLists::lists(task::Window window) const {
  return {file_.array<int64_t>(fmt::format("{}.values", name_of(window))),
          file_.array<int64_t>(fmt::format("{}.offsets", name_of(window)))};
}

std::span<const float> CutLists::scores(task::Window window) const {
  return file_.array<float>(fmt::format("{}.scores", name_of(window)));
}

CutListsRef find_cut_lists(const ListsToCut& asked, const std::string& cache_dir,
                           const Notice& notice) {
  CutListsRef out;
  out.key = contents_of_file(asked.lists.path, cache_dir);
  out.file_key = asked.lists.key;
  out.path =
      fmt::format("{}/lists/{}", cache_dir, cache_file(cut_key(asked, out.key), kCutListsLayout));
  find_or_make(
      out.path, fmt::format("the file of lists.{}", asked.name),
      [&](const std::string& path) { make(asked, path); }, notice);
  out.info = CutLists::open(out.path).info();
  out.info["hash"] = asked.lists.key;
  const json& info = asked.lists.info;
  out.info["notes"] = info.contains("notes") ? info.at("notes") : json::array();
  return out;
}

json removed_of_lists(const std::string& name, const json& info) {
  json removed = json::array();
  if (const auto unknown = info.at("unknown_queries").get<int64_t>(); unknown > 0) {
    removed.push_back({{"step", "lists." + name},
                       {"reason", "lists of users that are not in the data set"},
                       {"users", unknown},
                       {"items", 0},
                       {"events", info.at("unknown_entries")}});
  }
  for (const task::Window window : kRequestWindows) {
    const json& counts = info.at("windows").at(std::string(name_of(window)));
    const auto unknown = counts.at("unknown").get<int64_t>();
    const auto repeated = counts.at("repeated").get<int64_t>();
    const auto excluded = counts.at("excluded").get<int64_t>();
    if (unknown + repeated + excluded == 0) continue;
    removed.push_back(
        {{"step", fmt::format("lists.{}.{}", name, name_of(window))},
         {"reason", fmt::format("{} entries of unknown items, {} repeated, {} excluded", unknown,
                                repeated, excluded)},
         {"users", 0},
         {"items", 0},
         {"events", unknown + repeated + excluded}});
  }
  return removed;
}

}  // namespace assay::dataset
