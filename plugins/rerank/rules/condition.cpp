#include "condition.h"

#include <assay/error.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "sides.h"

namespace assay::rules {

struct Condition::Bound {
  Expression::Kind kind;
  Relation relation;
  std::vector<Bound> parts;
  std::optional<Side> left, right;
};

namespace {

using Type = Side::Type;

bool orders(Relation relation) {
  return relation == Relation::less || relation == Relation::at_most ||
         relation == Relation::more || relation == Relation::at_least;
}

bool is_of_numbers(const Side& side) {
  return side.type() == Type::number || side.type() == Type::numbers;
}

// What a relation lacks, or "".
std::string misfit(Relation relation, const Side& left, const Side& right) {
  const bool numbers = left.type() == Type::number && right.type() == Type::number;
  const bool single_texts = left.type() == Type::text && right.type() == Type::text;
  if (orders(relation)) return numbers ? "" : "compares numbers";
  if (relation == Relation::equal || relation == Relation::unequal) {
    if (numbers || single_texts) return "";
    return left.type() == Type::texts || right.type() == Type::texts
               ? "compares single values; of a set write has, in or overlaps"
               : "compares two numbers or two texts";
  }
  if (relation == Relation::in) {
    if (left.type() == Type::number && right.type() == Type::numbers) return "";
    if (left.type() == Type::text && right.type() == Type::texts) return "";
    return "looks for a single value in a list or a set";
  }
  if (relation == Relation::has)
    return left.type() == Type::texts && right.type() == Type::text ? ""
                                                                    : "looks for a text in a set";
  return left.type() == Type::texts && right.type() == Type::texts ? "" : "compares two sets";
}

Condition::Bound bind(const Expression& expression, std::string_view rule, const Tables& tables) {
  Condition::Bound bound{.kind = expression.kind, .relation = expression.relation};
  for (const Expression& part : expression.parts) bound.parts.push_back(bind(part, rule, tables));
  if (expression.kind != Expression::Kind::relation) return bound;
  bound.left.emplace(expression.left, rule, tables);
  if (expression.relation == Relation::missing) return bound;
  bound.right.emplace(expression.right, rule, tables);
  if (is_of_numbers(*bound.right)) bound.left->read_as_number();
  if (is_of_numbers(*bound.left)) bound.right->read_as_number();
  const std::string problem = misfit(expression.relation, *bound.left, *bound.right);
  if (problem.empty()) return bound;
  throw InvalidInput(with_caret(
      "this " + problem + ", found " + bound.left->shown() + ", and " + bound.right->shown(), rule,
      expression.mark));
}

bool compares(Relation relation, double left, double right) {
  switch (relation) {
    case Relation::equal:
      return left == right;
    case Relation::unequal:
      return left != right;
    case Relation::less:
      return left < right;
    case Relation::at_most:
      return left <= right;
    case Relation::more:
      return left > right;
    default:
      return left >= right;
  }
}

bool relates(const Condition::Bound& bound, const Candidate& candidate) {
  const bool known = bound.left->is_known(candidate);
  if (bound.relation == Relation::missing) return !known;
  if (!known || !bound.right->is_known(candidate)) return false;
  if (bound.left->type() == Type::number && bound.right->type() == Type::number)
    return compares(bound.relation, bound.left->number(candidate), bound.right->number(candidate));
  return bound.left->shares_with(*bound.right, candidate) == (bound.relation != Relation::unequal);
}

bool is_true(const Condition::Bound& bound, const Candidate& candidate) {
  const auto part_holds = [&](const Condition::Bound& part) { return is_true(part, candidate); };
  switch (bound.kind) {
    case Expression::Kind::all:
      return std::ranges::all_of(bound.parts, part_holds);
    case Expression::Kind::any:
      return std::ranges::any_of(bound.parts, part_holds);
    case Expression::Kind::none:
      return !part_holds(bound.parts.front());
    case Expression::Kind::relation:
      break;
  }
  return relates(bound, candidate);
}

}  // namespace

Condition::Condition(const Expression& expression, std::string_view rule, const Tables& tables)
    : bound_(std::make_unique<const Bound>(bind(expression, rule, tables))) {}
Condition::~Condition() = default;
Condition::Condition(Condition&& other) noexcept = default;
Condition& Condition::operator=(Condition&& other) noexcept = default;

bool Condition::holds(const Candidate& candidate) const { return is_true(*bound_, candidate); }

bool names_any(const Expression& expression, Operand::Kind kind) {
  if (expression.kind == Expression::Kind::relation)
    return expression.left.kind == kind || expression.right.kind == kind;
  return std::ranges::any_of(expression.parts,
                             [&](const Expression& part) { return names_any(part, kind); });
}

}  // namespace assay::rules
