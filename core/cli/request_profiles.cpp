#include "cli/request_profiles.h"

#include "ingest/titles.h"
#include "results/explained_table.h"
#include "task/request_sample.h"

namespace assay::cli {

dataset::RequestProfile profile_of(const dataset::PreparedData& data, int64_t request) {
  return dataset::request_profile(data, task::Window::test, request,
                                  {.names_items = ingest::is_title});
}

void record_profiles(const execution::Plan& plan, const results::Database& database) {
  for (const execution::PlannedData& planned : plan.data) {
    const auto data = dataset::PreparedData::open(planned.prepared.path);
    if (!data.has_requests(task::Window::test)) continue;
    for (const int64_t request : task::sampled_requests(data.requests(task::Window::test).size())) {
      const nlohmann::json profile = profile_of(data, request);
      write_profile(database,
                    {planned.prepared.key, request,
                     profile.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)});
    }
  }
}

}  // namespace assay::cli
