#pragma once

#include <assay/context.h>
#include <assay/features.h>

#include <cstdint>
#include <string>
#include <vector>

namespace assay::gbdt {

/// Features as columns that trees split, NaN where missing.
///
/// A number is a column, a vector a column a dimension. A category of at most `one_hot` is a column a
/// category, 1 where it holds and 0 elsewhere; of more it is one column, the logarithm of how many rows
/// of the table have it. A set is a column a category, or, with more categories, one column with its
/// size. Texts are left out.
class TreeColumns {
 public:
  TreeColumns() = default;
  /// @param owner  begins the names of columns
  TreeColumns(const FeatureTable& table, int64_t one_hot, const std::string& owner);

  int64_t columns() const { return static_cast<int64_t>(names_.size()); }
  const std::vector<std::string>& names() const { return names_; }

  /// float [rows, columns]
  /// @param table  of any rows; a feature that it lacks is missing everywhere
  std::vector<float> encode(const FeatureTable& table) const;

  /// Under names that begin with `prefix`.
  void save(Archive& archive, const std::string& prefix) const;
  static TreeColumns load(const Archive& archive, const std::string& prefix);

 private:
  struct Field {
    std::string name;
    FeatureType type = FeatureType::number;
    int64_t first = 0, width = 1;
    std::vector<float> counts;  // log(1 + rows) of each category, where it is one column
    bool one_hot = false;
  };
  /// Places of one feature in a matrix.
  struct Cells {
    float* first;
    int64_t rows, stride;
  };
  static void fill_categories(const Field& field, const Feature& feature, const Cells& to);
  static void fill_sets(const Field& field, const Feature& feature, const Cells& to);
  static void fill_numbers(const Field& field, const Feature& feature, const Cells& to);

  std::vector<Field> fields_;
  std::vector<std::string> names_;
};

}  // namespace assay::gbdt
