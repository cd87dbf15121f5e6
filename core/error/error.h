#pragma once

#include <fmt/core.h>

#include <exception>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace assay::error {

/// One problem that the user can fix.
///
/// `where` names the place as the user knows it (`exp.yaml:14:23`, `ml-100k.inter:71`, a plugin's
/// path), and is empty where there is none. `what` says found, expected and what to do, in one
/// sentence without a full stop. `excerpt` is the source line with a marker below it, or empty.
struct Problem {
  std::string where;
  std::string what;
  std::string excerpt;

  /// "where: what", followed by the excerpt's lines.
  std::string text() const;
};

/// The base of everything assay throws on purpose. `what()` is the text shown to the user, context
/// lines included.
class Error : public std::exception {
 public:
  const char* what() const noexcept override { return text_.c_str(); }

  /// Adds a line of context on the way up: "while fitting ease for variant control, seed 2".
  void add_context(std::string line);

 protected:
  explicit Error(std::string text) : text_(std::move(text)) {}

 private:
  std::string text_;
};

/// An error that the user can fix: bad input, a missing file, a wrong setting. Exit code 2 before
/// the run began.
class UserError : public Error {
 public:
  explicit UserError(std::string what)
      : UserError(std::vector<Problem>{{"", std::move(what), ""}}) {}
  UserError(std::string where, std::string what)
      : UserError(std::vector<Problem>{{std::move(where), std::move(what), ""}}) {}
  /// All problems of one check at once, in the order in which the user wrote them.
  explicit UserError(std::vector<Problem> problems);

  const std::vector<Problem>& problems() const { return problems_; }

 private:
  std::vector<Problem> problems_;
};

/// A violated invariant inside assay: our bug. Exit code 1.
class InternalError : public Error {
 public:
  explicit InternalError(std::string what) : Error("internal error: " + std::move(what)) {}
};

/// Runs `body`; an Error that leaves it gets `line` as context.
template <typename Body>
auto with_context(std::string_view line, Body&& body) -> decltype(body()) {
  try {
    return std::forward<Body>(body)();
  } catch (Error& error) {
    error.add_context(std::string(line));
    throw;
  }
}

/// Throws InternalError unless `holds`: for invariants between our own functions, never for user
/// input.
inline void require(bool holds, std::string_view promise) {
  if (!holds) throw InternalError(std::string(promise));
}

/// The known name nearest to `name` (Damerau-Levenshtein, at most a third of its length away), if
/// any.
std::optional<std::string> near_name(std::string_view name, std::span<const std::string> known);

/// `; did you mean "neighbours"?`, or, where nothing is near, `; known: a, b, c` (at most 12, then
/// "..."), or "".
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace assay::error
