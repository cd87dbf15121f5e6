#pragma once

/// What a fit leaves beside its model: how long it took, what it held, what it said, how it went.
/// The record lies in the model cache next to the model, so that a run which finds the fit there
/// knows as much of it as the run that made it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace assay::task {

/// What a strategy, or the host (keys that begin with `host.`), noted of the fit.
struct FitNote {
  std::string key, value;
};

/// The curve of what FitContext::validate() returned: the primary metric, call by call from 1.
inline constexpr char kValidationCurve[] = "host.validation";

/// A curve over the steps of the fit (epochs, sweeps, calls of validate()).
struct FitCurve {
  std::string name;
  std::vector<int64_t> steps;                 ///< ascending
  std::vector<std::optional<double>> values;  ///< as many; none: the number was not finite
};

/// A metric of the fitted stage on the sample of the validation window.
struct FitValue {
  std::string definition;  ///< full definition id
  int64_t cutoff = 0;
  int64_t requests = 0;         ///< that have a value
  std::optional<double> value;  ///< their mean; none: no request has one
};

struct FitRecord {
  std::string artifact_key;
  std::string plugin;
  std::string stage;              ///< place in the chain for which it was made, "recall[0]"
  std::optional<double> seconds;  ///< of all calls of the fit together
  std::optional<int64_t> bytes;   ///< size of the model in the cache
  /// By how much the memory of the worker grew at the peak of the fit; none: it could not be read.
  std::optional<int64_t> fit_bytes;
  /// The most that the worker has held since it began, with all that it did before.
  std::optional<int64_t> peak_bytes;
  std::vector<FitNote> notes;      ///< in the order in which they were given
  std::vector<FitCurve> curves;    ///< by name
  std::vector<FitValue> measured;  ///< empty where the stage does not validate, or did not here
};

/// The record as one line of JSON, and back; none where it cannot be understood.
std::string text_of(const FitRecord& record);
std::optional<FitRecord> parse_fit_record(const std::string& text);

/// `<key>.fit.json` for `<key>.safetensors`.
std::string fit_record_path(const std::string& artifact_path);

/// Writes the record whole or not at all. Throws UserError naming the path where it cannot be.
void write_fit_record(const FitRecord& record, const std::string& artifact_path);

/// The record beside a model; none where there is no such file (a fit of an earlier version) or it
/// cannot be understood.
std::optional<FitRecord> read_fit_record(const std::string& artifact_path);

/// What the strategy chose in this fit: "epochs" -> "12" for the note "chosen.epochs".
std::map<std::string, std::string> chosen_values(const FitRecord& record);

}  // namespace assay::task
