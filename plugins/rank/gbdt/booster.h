#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace assay::gbdt {

/// Rows to learn from. All functions of this file throw std::runtime_error with XGBoost's own words
/// where it fails.
class Matrix {
 public:
  /// @param values  [rows, columns], NaN where missing; copied
  Matrix(std::span<const float> values, int64_t columns);

  void set_labels(std::span<const float> labels);
  /// Of rows, or of groups where there are any.
  void set_weights(std::span<const float> weights);
  /// How many rows, one after the other, belong together.
  void set_groups(std::span<const uint32_t> sizes);

  void* handle() const { return handle_.get(); }

 private:
  std::shared_ptr<void> handle_;
};

/// Trees of XGBoost, learnt and asked on one thread: with several, the pairs that a ranking objective
/// of 1.7 draws, and so the trees, depend on how many there are.
class Booster {
 public:
  Booster() = default;
  /// To learn from `matrix`.
  explicit Booster(const Matrix& matrix);
  /// From what bytes() or XGBoost itself wrote.
  static Booster read(std::span<const uint8_t> bytes);
  /// Throws InvalidInput that names the file, as read_model_file, and where XGBoost cannot read it.
  static Booster of_file(const std::string& path);

  void set(const std::string& name, const std::string& value);
  /// Adds a tree.
  /// @param number  how many there are already
  void add_tree(int64_t number, const Matrix& matrix);
  int64_t trees() const;
  int64_t columns() const;
  /// The first `trees` of them.
  Booster first(int64_t trees) const;

  /// The sum of the trees of each row: log-odds with objective binary:logistic. A row has the same
  /// bits beside any other ones.
  /// @param values  [rows, columns], NaN where missing
  std::vector<float> sums(std::span<const float> values, int64_t columns) const;

  /// float [rows, columns + 1]: what each column adds to the sum of a row (SHAP values of trees,
  /// Lundberg, Erion & Lee 2018), and last what every row begins with. A row adds up to its sum.
  /// @param values  as for sums()
  std::vector<float> contributions(std::span<const float> values, int64_t columns) const;

  /// In the binary JSON of XGBoost.
  std::vector<uint8_t> bytes() const;

 private:
  explicit Booster(void* handle);
  std::shared_ptr<void> handle_;
};

/// The bytes of a model that XGBoost wrote as JSON. Throws InvalidInput where the file is none, or was
/// written by another major version than the library that is linked: XGBoost 1.7 reads such models
/// without an error, and predicts with another base_score.
std::vector<uint8_t> read_model_file(const std::string& path);

}  // namespace assay::gbdt
