#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// What a ranker by fields learns from and sees: users, items, requests and candidates as fields of
/// one table.

#include <assay/batch.h>
#include <assay/context.h>
#include <assay/extra/features/ranker_tables.h>
#include <assay/extra/fields/field_codes.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace assay::extra {

/// Which fields there are.
struct FieldChoice {
  RankerKnowledge knowledge;
  FieldCoding coding;
  int64_t history_length = 0;  ///< latest items of a history that are kept
};

/// The rows that a model sees at once: fields of the item, the user, the request and the candidate.
struct FieldBatch {
  FieldCodes rows;
  FieldCodes history;         ///< [rows * history_length] with the fields of items
  std::vector<uint8_t> seen;  ///< beside them, 0 where there is no item; those come first
};

/// Labelled candidates as fields.
struct FieldExamples {
  std::vector<int64_t> item, user, request;  ///< rows of the owners
  int64_t targets = 1;
  std::vector<float> label;    ///< [rows, targets], NaN where unknown
  std::vector<float> weight;   ///< [rows]
  std::vector<float> teacher;  ///< [rows], log-odds by another ranker; empty where none was asked
  FieldCodes requests, candidates;
  std::vector<int32_t> history;  ///< [requests, history_length], -1 where there is no item

  int64_t size() const { return static_cast<int64_t>(weight.size()); }
};

/// The fields of everything that is known of a candidate, in one numbering: learns how to encode, and
/// encodes.
class FieldSpace {
 public:
  explicit FieldSpace(const FieldChoice& choice) : choice_(choice), tables_(choice.knowledge) {}

  /// Learns how to encode, and encodes the candidates that candidate_examples keeps. `features` must
  /// be those that serving sees.
  FieldExamples learn(const TrainingView& data, LabelledCandidates& candidates,
                      const ExampleOutcomes& outcomes, const Features& features);
  /// Some of them.
  FieldBatch batch(const FieldExamples& examples, std::span<const int64_t> which) const;
  /// All candidates of requests, B * K rows; padding is encoded as if it were item 0.
  FieldBatch batch(const RequestBatch& requests, const CandidateBatch& candidates,
                   const Features& features) const;

  /// Rows of the table.
  int64_t table_rows() const { return candidate_.end(); }
  int64_t fields() const;
  int64_t item_singles() const { return items_.singles; }
  int64_t item_bags() const { return static_cast<int64_t>(items_.bags.size()); }
  /// In the order of the fields within each owner.
  std::vector<std::string> names() const;
  /// In the order in which a batch has them: the singles of all owners, then their bags.
  std::vector<std::string> names_side_by_side() const;

  void save(Archive& archive) const;
  void load(const Archive& archive, const Features& features);

 private:
  void encode_owners(const Features& features);
  std::vector<int64_t> user_rows(const at::Tensor& users) const;
  void add_history(std::span<const int32_t> items, FieldBatch& to) const;

  FieldChoice choice_;
  RankerTables tables_;
  FieldCoder item_, user_, request_, candidate_;
  FieldCodes items_, users_;  // of all; row U of the users stands for anonymous ones
};

}  // namespace assay::extra
