#pragma once

#include <string>
#include <vector>

#include "data_files.h"
#include "dataset/impressions.h"

namespace assay::test {

/// Tables of logged rows in a folder of their own: columns request, user, item, at, place, p,
/// clicked.
class ImpressionFiles : public ::testing::Test {
 protected:
  task::ImpressionsSpec at(const std::string& name, const std::string& format = "csv") const {
    task::ImpressionsSpec spec;
    spec.path = folder_.path(name);
    spec.format = format;
    spec.where = "exp.yaml:3:5";
    spec.columns = {{"request", "request"}, {"user", "user"}, {"item", "item"}, {"time", "at"}};
    spec.labels = {{.name = "click", .column = "clicked", .equals = 1}};
    return spec;
  }
  dataset::Impressions imported(const task::ImpressionsSpec& spec) const {
    return dataset::Impressions::open(
        ingest::import_impression_table(spec, folder_.path("cache")).path);
  }
  /// What the import of a table with this text says is wrong; "" where nothing is.
  std::string error(const task::ImpressionsSpec& spec, const std::string& text) const {
    std::ofstream(spec.path, std::ios::binary) << text;
    return error_of(folder_, [&] { ingest::import_impression_table(spec, folder_.path("cache")); });
  }
  TestFolder folder_;
};

template <typename T>
std::vector<T> list(std::span<const T> values) {
  return {values.begin(), values.end()};
}

}  // namespace assay::test
