#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Features as fields: each a row, or a weighted sum of rows, of one table of vectors.

#include <assay/context.h>
#include <assay/features.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace assay::extra {

/// Weighted sums of rows of the table, one a row of the owner.
struct FieldBags {
  std::vector<int64_t> offsets = {0};  ///< [rows + 1]
  std::vector<int32_t> codes;          ///< rows of the table
  std::vector<float> weights;          ///< beside them

  void add(int64_t code, float weight) {
    codes.push_back(static_cast<int32_t>(code));
    weights.push_back(weight);
  }
  /// Ends a row.
  void close() { offsets.push_back(static_cast<int64_t>(codes.size())); }
};

/// Users, items, requests or candidates by what is known of them. A field is a single, one row of the
/// table times a number, or a bag. Singles come first in the order of the fields, then bags.
struct FieldCodes {
  int64_t rows = 0;
  int64_t singles = 0;
  std::vector<int32_t> codes;  ///< [rows, singles], rows of the table
  std::vector<float> weights;  ///< [rows, singles]
  std::vector<FieldBags> bags;

  int64_t fields() const { return singles + static_cast<int64_t>(bags.size()); }
};

/// Some rows of an owner.
struct FieldPart {
  const FieldCodes* codes;
  std::span<const int64_t> rows;
};

/// The rows side by side: the singles of all parts, then their bags. All parts name as many rows.
FieldCodes joined(std::span<const FieldPart> parts);

/// What a number becomes.
enum class FieldNumbers {
  scaled,  ///< a vector of the field, times the standardised number
  buckets  ///< a vector of the bucket that it lies in
};

struct FieldCoding {
  int64_t hash_above = 1000000;  ///< categories of a field above which they share so many vectors
  int64_t hashes = 1;            ///< of which each is then the sum of so many
  FieldNumbers numbers = FieldNumbers::scaled;
  int64_t buckets = 20;  ///< of about equally many known numbers each
};

/// Features of one owner as fields. What is missing, and a category that the feature does not have,
/// is the first row of its field.
///
/// A category is one of its rows; above `hash_above` categories they are hashed (Weinberger et al.
/// 2009), each to the sum of `hashes` rows, so that two which share one differ in another (Serrà &
/// Karatzoglou 2017, Getting Deep Recommenders Fit: Bloom Embeddings). A set is the mean of its categories' rows. A number is standardised and limited to 10
/// deviations, or put into a bucket between quantiles. A vector is the sum of a row a dimension, times
/// the standardised value. Texts are left out.
class FieldCoder {
 public:
  FieldCoder() = default;
  /// Learns means, deviations and quantiles from `table`, which lies on the CPU.
  /// @param first  row of the fused table at which the fields begin
  FieldCoder(const FeatureTable& table, const FieldCoding& coding, int64_t first);

  /// The row of the fused table behind the last one.
  int64_t end() const;
  int64_t fields() const { return static_cast<int64_t>(fields_.size()); }
  /// Those of them that are singles; they come first.
  int64_t singles() const;
  /// In the order in which FieldCodes has them.
  std::vector<std::string> names() const;

  /// @param table  of any rows; a feature that it lacks is missing everywhere
  FieldCodes encode(const FeatureTable& table) const;
  /// Adds a row of which nothing is known.
  void add_unknown(FieldCodes& codes) const;

  /// Under names that begin with `prefix`.
  void save(Archive& archive, const std::string& prefix) const;
  static FieldCoder load(const Archive& archive, const std::string& prefix);

 private:
  struct Field {
    std::string name;
    FeatureType type = FeatureType::number;
    FieldNumbers numbers = FieldNumbers::scaled;
    int64_t first = 0, size = 0;
    // Mean and deviation of each dimension, or bounds of buckets; of hashed categories how many rows
    // each has.
    std::vector<float> values;

    bool is_bag() const;
    int64_t hashes() const;
    int64_t row_of(int64_t id, int64_t hash) const;
    void add_category(int64_t id, float weight, FieldBags& to) const;
    void add(const Feature* feature, int64_t rows, FieldCodes& to, int64_t single) const;
    void add_numbers(const Feature& feature, FieldCodes& to, int64_t single) const;
    void add_categories(const Feature& feature, FieldCodes& to, int64_t single) const;
    FieldBags sets(const Feature& feature, int64_t rows) const;
    FieldBags categories(const Feature& feature, int64_t rows) const;
    FieldBags vectors(const Feature& feature, int64_t rows) const;
  };
  static Field learnt(const Feature& feature, const FieldCoding& coding);

  std::vector<Field> fields_;  // singles, then bags
  int64_t first_ = 0;
};

}  // namespace assay::extra
