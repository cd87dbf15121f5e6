#pragma once

/// One value a catalogue from the lists themselves, where counts do not say enough: who got what,
/// with which score, and whether it was wanted. Plain arrays; lists come stretch by stretch in the
/// order of the requests, so that memory does not grow with their number (but for what has to sort
/// all scores) and the value is the same whatever made the lists.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exposure/group_exposure.h"

namespace assay::exposure {

/// A stretch of the lists of a trial as they were served, and what they are judged by.
struct ServedLists {
  int64_t size = 0;                        ///< places a list
  std::span<const int32_t> items;          ///< [L * size], best first; -1 behind the end
  std::span<const float> scores;           ///< parallel to items
  std::span<const int64_t> truth_offsets;  ///< [L + 1], into truth
  std::span<const int64_t> truth;          ///< relevant items, ascending a list
  std::span<const int64_t> users;          ///< [L], -1 is anonymous

  int64_t lists() const { return static_cast<int64_t>(users.size()); }
  /// The first k of list l, without padding.
  std::span<const int32_t> list(int64_t l, int64_t k) const;
  std::span<const int64_t> relevant(int64_t l) const {
    return truth.subspan(truth_offsets[l], truth_offsets[l + 1] - truth_offsets[l]);
  }
  bool is_relevant(int64_t l, int32_t item) const;
};

/// A metric that is fed lists.
class ListsMeasure {
 public:
  virtual ~ListsMeasure() = default;
  virtual void add(const ServedLists& lists) = 0;
  virtual std::optional<double> value() const = 0;
};

/// What a measure needs to know beside the lists.
struct ListsWorld {
  int64_t items = 0;   ///< N
  int64_t cutoff = 0;  ///< k
  /// Of the feature that a definition names (`of` of items, `by` of users); else null.
  const Groups* groups = nullptr;
};

/// Every metric of core/task's table that looks at kept lists, by its definition id:
///
///  - `personalisation{similarity=cosine}`
///  - `pooled_auc` (Hanley and McNeil 1982), `calibration_error{link=..,binning=..,bins=..}`
///    (Naeini et al. 2015)
///  - `item_opportunity_gap{of=..,least=..}`, `user_group_gap{by=..,quality=..,least=..}`,
///    `worst_user_group{..}`, `user_group_exposure{by=..,least=..}`
///
/// Throws InternalError for another one, and where the groups are missing.
std::unique_ptr<ListsMeasure> make_lists_measure(std::string_view definition,
                                                 const ListsWorld& world);

// The makers, by file.
std::unique_ptr<ListsMeasure> make_cosine_personalisation(const ListsWorld& world);
std::unique_ptr<ListsMeasure> make_pooled_auc(const ListsWorld& world);
std::unique_ptr<ListsMeasure> make_calibration_error(std::string_view definition,
                                                     const ListsWorld& world);
std::unique_ptr<ListsMeasure> make_opportunity_gap(std::string_view definition,
                                                   const ListsWorld& world);
std::unique_ptr<ListsMeasure> make_user_group_quality(std::string_view definition,
                                                      const ListsWorld& world);
std::unique_ptr<ListsMeasure> make_user_group_exposure(std::string_view definition,
                                                       const ListsWorld& world);

}  // namespace assay::exposure
