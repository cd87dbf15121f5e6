#pragma once

/// Parameters, declared once.
///
/// A strategy keeps its settings in a plain struct whose member initialisers are the defaults, and
/// names them:
///
///     struct Params {
///       double half_life_days = 30;
///       std::string decay = "exponential";
///     };
///     static void describe(assay::ParamList<Params>& p) {
///       p.add("half_life_days", &Params::half_life_days, "Age at which an event counts half.")
///           .unit("days").range(0.1, 3650);
///       p.add("decay", &Params::decay, "Shape of the decay.").choices({"exponential", "linear"});
///     }
///
/// From that list come the checks of the experiment file, `assay describe`, docs/plugins.md,
/// sweeps, and the effective values in the results database. Nothing is clipped or reset: a value
/// out of range and an unknown name are errors of the file, found before anything runs. This header
/// needs nothing but the standard library.

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#define ASSAY_API __attribute__((visibility("default")))

namespace assay {

/// What a strategy is for; a stage of an experiment file takes one kind.
enum class PluginKind { recall, rank, rerank, metric };

enum class ParamType { boolean, integer, number, text, integers, numbers, texts, file, input };

using ParamValue = std::variant<bool, int64_t, double, std::string, std::vector<int64_t>,
                                std::vector<double>, std::vector<std::string>>;

/// Name to value. The host hands over a complete map: every declared parameter, defaults filled in.
using ParamMap = std::map<std::string, ParamValue>;

/// Which values `{tune: declared}` tries.
struct TuneRange {
  double low = 0;  ///< both ends are tried; integers stay integers
  double high = 0;
  bool log = false;                 ///< evenly in the logarithm: learning rates, penalties
  std::vector<std::string> values;  ///< text: these; `low` and `high` are then unused
};

/// One declared parameter, as data.
struct ParamSpec {
  std::string name;
  ParamType type = ParamType::number;
  ParamValue default_value;              ///< for `file` the empty text; for `input` the empty text
  std::string doc;                       ///< one sentence, with a full stop
  std::string unit;                      ///< "days", "events", ...; empty where there is none
  std::optional<double> minimum;         ///< inclusive; for lists it holds for every element
  std::optional<double> maximum;         ///< inclusive
  std::vector<std::string> choices;      ///< for text: the allowed values
  std::optional<PluginKind> input_kind;  ///< for `input`: which kind of strategy is expected
  bool required = false;                 ///< `file` and `input` only: the experiment must give one
  std::optional<TuneRange> tune;         ///< what tuning tries where the file leaves it open
  /// text only: the value names a feature of this kind of thing, `user` or `item`; checked against
  /// the data before anything runs. Empty where the value is no feature's name.
  std::string feature_of;
  std::vector<std::string>
      feature_types;  ///< the types that fit: `category`, `set`, ...; all: empty
  std::shared_ptr<const void> reserved = {};  ///< for later minor versions of the SDK
};

/// A rule across two numeric parameters, as data.
struct ParamRule {
  enum class Kind { less, less_equal } kind;
  std::string left;
  std::string right;
};

/// A part of a fit that depends on some parameters only (counts of pairs, say). It is made once for
/// all stages that agree in them and kept like a fitted strategy.
struct ParamPart {
  std::string name;
  std::vector<std::string>
      params;  ///< what it depends on; others have their defaults when it is made
  std::string doc;
};

struct ParamSchema {
  std::vector<ParamSpec> params;
  std::vector<ParamRule> rules;
  std::vector<ParamPart> parts;
};

/// What an item counts that stands in a history, or among the events of a user, several times.
enum class Repeats {
  once,  ///< like any other: what a user did is a set
  each   ///< once for every event
};

namespace detail {

template <typename T>
constexpr ParamType param_type() {
  if constexpr (std::is_same_v<T, bool>)
    return ParamType::boolean;
  else if constexpr (std::is_integral_v<T>)
    return ParamType::integer;
  else if constexpr (std::is_floating_point_v<T>)
    return ParamType::number;
  else if constexpr (std::is_same_v<T, std::string>)
    return ParamType::text;
  else if constexpr (std::is_same_v<T, std::vector<int64_t>>)
    return ParamType::integers;
  else if constexpr (std::is_same_v<T, std::vector<double>>)
    return ParamType::numbers;
  else {
    static_assert(std::is_same_v<T, std::vector<std::string>>,
                  "a parameter is bool, an integer, a floating-point number, std::string or a "
                  "vector of int64_t, "
                  "double or std::string");
    return ParamType::texts;
  }
}

template <typename T>
ParamValue to_value(const T& value) {
  if constexpr (std::is_same_v<T, bool>)
    return value;
  else if constexpr (std::is_integral_v<T>)
    return static_cast<int64_t>(value);
  else if constexpr (std::is_floating_point_v<T>)
    return static_cast<double>(value);
  else
    return value;
}

template <typename T>
T from_value(const ParamValue& value) {
  if constexpr (std::is_same_v<T, bool>)
    return std::get<bool>(value);
  else if constexpr (std::is_integral_v<T>)
    return static_cast<T>(std::get<int64_t>(value));
  else if constexpr (std::is_floating_point_v<T>)
    return static_cast<T>(std::get<double>(value));
  else
    return std::get<T>(value);
}

}  // namespace detail

/// Refines the parameter that was added last; every call returns itself.
class ParamEntry {
 public:
  explicit ParamEntry(ParamSpec& spec) : spec_(&spec) {}
  /// Shown beside the value wherever a person reads it.
  ParamEntry& unit(std::string unit) {
    spec_->unit = std::move(unit);
    return *this;
  }
  /// Both ends belong to the range.
  ParamEntry& range(double low, double high) {
    spec_->minimum = low;
    spec_->maximum = high;
    return *this;
  }
  ParamEntry& at_least(double low) {
    spec_->minimum = low;
    return *this;
  }
  ParamEntry& at_most(double high) {
    spec_->maximum = high;
    return *this;
  }
  /// Text only: the allowed values.
  ParamEntry& choices(std::vector<std::string> allowed) {
    spec_->choices = std::move(allowed);
    return *this;
  }
  /// What `{tune: declared}` tries: both ends belong to it.
  ParamEntry& tune(double low, double high) {
    spec_->tune = TuneRange{.low = low, .high = high};
    return *this;
  }
  /// The same, evenly in the logarithm; `low` is above 0.
  ParamEntry& tune_log(double low, double high) {
    spec_->tune = TuneRange{.low = low, .high = high, .log = true};
    return *this;
  }
  /// Text and choices: the values that tuning tries, where these are not all that are allowed.
  ParamEntry& tune_values(std::vector<std::string> values) {
    spec_->tune = TuneRange{.values = std::move(values)};
    return *this;
  }
  /// Text only: the value names a feature of users or of items that has one of these types.
  /// @param of     "user" or "item"
  /// @param types  "category", "number", "set", "vector", "text"; empty: any
  ParamEntry& feature_of(std::string of, std::vector<std::string> types = {}) {
    spec_->feature_of = std::move(of);
    spec_->feature_types = std::move(types);
    return *this;
  }
  /// Files and inputs only: the experiment must name one.
  ParamEntry& required() {
    spec_->required = true;
    return *this;
  }

 private:
  ParamSpec* spec_;
};

/// Walks a Params struct: once to list what it declares, once per instance to fill it.
template <typename P>
class ParamList {
 public:
  /// A value: bool, integer, floating point, text, or a vector of int64_t, double or text.
  template <typename T>
  ParamEntry add(std::string name, T P::*member, std::string doc) {
    return insert(std::move(name), detail::param_type<T>(), detail::to_value(P{}.*member),
                  std::move(doc), [member](P& params, const ParamValue& value) {
                    params.*member = detail::from_value<T>(value);
                  });
  }

  /// A value of an enumeration, written as text in an experiment file:
  ///
  ///     p.choice("solver", &Params::solver,
  ///              {{"cholesky", Solver::cholesky}, {"cg", Solver::cg}}, "How rows are solved.");
  ///
  /// Throws std::logic_error where the default is not among them.
  template <typename E>
  ParamEntry choice(std::string name, E P::*member,
                    std::initializer_list<std::pair<const char*, E>> values, std::string doc) {
    static_assert(std::is_enum_v<E>, "a choice is an enumeration; text has add(...).choices(...)");
    const std::vector<std::pair<std::string, E>> named(values.begin(), values.end());
    std::vector<std::string> texts;
    const std::string* standard = nullptr;
    for (const auto& [text, value] : named) {
      texts.push_back(text);
      if (value == P{}.*member) standard = &text;
    }
    if (!standard) throw std::logic_error("the default of " + name + " is none of its choices");
    return insert(std::move(name), ParamType::text, *standard, std::move(doc),
                  [member, named](P& params, const ParamValue& value) {
                    for (const auto& [text, choice] : named)
                      if (text == std::get<std::string>(value)) params.*member = choice;
                  })
        .choices(std::move(texts));
  }

  /// `repeats`, for every strategy that sums over the items of a history or of a user's events.
  ParamEntry repeats(Repeats P::*member) {
    return choice("repeats", member, {{"once", Repeats::once}, {"each", Repeats::each}},
                  "Items that a user was positive about several times count once, or each time.");
  }

  /// A part of the fit that depends on these parameters alone: Strategy::fit_part makes it, fit
  /// finds it in `ctx.inputs().part(name)`. Stages that agree in these parameters share it.
  void part(std::string name, std::vector<std::string> params, std::string doc) {
    schema_.parts.push_back({std::move(name), std::move(params), std::move(doc)});
  }

  /// A file beside the experiment file. Its content is hashed into the trial's identity and shipped
  /// with the task; the member holds a readable path while the strategy is made.
  ParamEntry file(std::string name, std::string P::*member, std::string doc) {
    return insert(std::move(name), ParamType::file, std::string(), std::move(doc),
                  [member](P& params, const ParamValue& value) {
                    params.*member = std::get<std::string>(value);
                  });
  }

  /// Another fitted stage, named in the stage's `inputs:`; reached through `ctx.inputs()`.
  ParamEntry input(std::string name, PluginKind kind, std::string doc) {
    ParamEntry entry = insert(std::move(name), ParamType::input, std::string(), std::move(doc),
                              [](P&, const ParamValue&) {});
    schema_.params.back().input_kind = kind;
    return entry;
  }

  /// The experiment is refused unless left < right.
  void less(std::string left, std::string right) {
    schema_.rules.push_back({ParamRule::Kind::less, std::move(left), std::move(right)});
  }
  /// The experiment is refused unless left <= right.
  void less_equal(std::string left, std::string right) {
    schema_.rules.push_back({ParamRule::Kind::less_equal, std::move(left), std::move(right)});
  }

  const ParamSchema& schema() const { return schema_; }

  /// A Params holding `values`; a name that `values` lacks keeps its default. Types were checked by
  /// the host.
  P fill(const ParamMap& values) const {
    P params;
    for (size_t i = 0; i < setters_.size(); ++i) {
      const auto found = values.find(schema_.params[i].name);
      if (found != values.end()) setters_[i](params, found->second);
    }
    return params;
  }

 private:
  using Setter = std::function<void(P&, const ParamValue&)>;

  ParamEntry insert(std::string name, ParamType type, ParamValue value, std::string doc,
                    Setter setter) {
    ParamSpec spec;
    spec.name = std::move(name);
    spec.type = type;
    spec.default_value = std::move(value);
    spec.doc = std::move(doc);
    schema_.params.push_back(std::move(spec));
    setters_.push_back(std::move(setter));
    return ParamEntry(schema_.params.back());
  }

  ParamSchema schema_;
  std::vector<Setter> setters_;
};

/// What `S::Params` declares. A strategy without parameters needs neither Params nor describe.
template <typename S>
auto param_list() {
  if constexpr (requires { typename S::Params; }) {
    ParamList<typename S::Params> list;
    S::describe(list);
    return list;
  } else {
    struct None {};
    return ParamList<None>();
  }
}

}  // namespace assay
