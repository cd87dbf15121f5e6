#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::results {

/// What is served to sampled requests of a shard whose history lacks an item: L lists.
struct ListsWithout {
  int size = 0;                   ///< places kept of each
  std::vector<int32_t> requests;  ///< [L], places in the request set; one for each item left out
  std::vector<int32_t> left_out;  ///< [L]
  std::vector<int32_t> items;     ///< [L, size], -1: empty
};

/// Who asked, of a request of the test window.
struct RequestProfileRow {
  std::string prepared_hash;
  int64_t request = 0;
  std::string profile;  ///< JSON, as dataset/request_profile.h has it
};

}  // namespace assay::results
