#include "ingest/ranked_entries.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <numeric>
#include <tuple>

#include "dataset/safetensors.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

std::vector<int32_t> list_order(const RankedEntries& run) {
  std::vector<int32_t> order(run.query.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int32_t a, int32_t b) {
    return std::tuple(run.query[a], -run.score[a], run.rank[a]) <
           std::tuple(run.query[b], -run.score[b], run.rank[b]);
  });
  return order;
}

}  // namespace

std::string list_format(const std::string& path) {
  static const std::map<std::string, std::string> formats = {
      {".csv", "csv"}, {".tsv", "tsv"}, {".jsonl", "jsonl"}, {".parquet", "parquet"}};
  const auto found = formats.find(std::filesystem::path(unpacked_name(path)).extension().string());
  return found == formats.end() ? "trec_run" : found->second;
}

void import_ranked_lists(const std::string& path, nlohmann::json info, const std::string& to) {
  const std::string format = list_format(path);
  const RankedEntries run =
      format == "trec_run" ? read_trec_run(path) : read_list_table(path, format);
  std::vector<int64_t> offsets(run.queries.size() + 1, 0);
  for (int32_t query : run.query) ++offsets[query + 1];
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  std::vector<int32_t> item;
  std::vector<float> score;
  for (int32_t entry : list_order(run)) {
    item.push_back(run.item[entry]);
    score.push_back(run.score[entry]);
  }
  dataset::SafetensorsWriter out;
  out.add_text("query.text", "query.text.offsets", run.queries.texts().view());
  out.add_text("item.text", "item.text.offsets", run.items.texts().view());
  out.add("list.offsets", offsets);
  out.add("list.item", item);
  out.add("list.score", score);
  out.note("info", info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  out.write(to);
}

}  // namespace assay::ingest
