#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/node.h"
#include "error/error.h"

namespace assay::config {

/// Gathers what is wrong, so that the user sees all of it at once.
class Problems {
 public:
  /// @param path  the setting as the user would name it, "variants.control.recall[0].k"; may be
  /// empty
  /// @param what  goes on after the path: "is 0; it must be at least 1"
  /// What several variants inherit from one place is kept once, under the first path.
  void add(const Place& place, std::string_view path, std::string_view what);
  /// Takes over what another module found; `place` is used where a problem has none.
  void add(const Place& place, const error::UserError& error);

  bool any() const { return !problems_.empty(); }
  size_t count() const { return problems_.size() + dropped_; }
  /// Throws UserError with all of them in the order of the text, unless there are none.
  void throw_if_any();

 private:
  struct Found {
    Place place;
    std::string path;
    std::string what;
  };

  std::vector<Found> problems_;
  size_t dropped_ = 0;
};

}  // namespace assay::config
