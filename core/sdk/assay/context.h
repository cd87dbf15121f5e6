#pragma once

/// What the host offers to a strategy while it learns and while it serves.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/features.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace assay {

class Strategy;

/// Named tensors and named texts: how a fitted strategy is kept. On disk it is a safetensors file,
/// readable from Python.
class ASSAY_API Archive {
 public:
  /// Keeps a tensor (made contiguous and moved to the CPU when written). A name given twice throws
  /// std::logic_error.
  void put(const std::string& name, const at::Tensor& tensor);
  void put_text(const std::string& name, std::string text);
  void put_ragged(const std::string& name, const Ragged& ragged);

  bool has(const std::string& name) const;
  /// Throws std::out_of_range naming what is there.
  const at::Tensor& tensor(const std::string& name) const;
  const std::string& text(const std::string& name) const;
  Ragged ragged(const std::string& name) const;

  const std::map<std::string, at::Tensor>& tensors() const { return tensors_; }
  const std::map<std::string, std::string>& texts() const { return texts_; }

 private:
  std::map<std::string, at::Tensor> tensors_;
  std::map<std::string, std::string> texts_;
};

/// The fitted strategies that this stage names in `inputs:`, and, while it is fitted, the parts that
/// it declares.
class ASSAY_API Inputs {
 public:
  void add(const std::string& name, std::shared_ptr<const Strategy> strategy);
  void add_part(const std::string& name, std::shared_ptr<const Archive> part);
  bool has(const std::string& name) const;
  /// Throws InvalidInput where the experiment names none.
  const Strategy& at(const std::string& name) const;
  /// What Strategy::fit_part kept, on the CPU; shared with other fits, so read-only. While fitting
  /// only. Throws std::logic_error where the strategy declares no such part.
  const Archive& part(const std::string& name) const;

 private:
  std::map<std::string, std::shared_ptr<const Strategy>> strategies_;
  std::map<std::string, std::shared_ptr<const Archive>> parts_;
};

/// While a strategy serves. Cheap to copy; made by the host, one a stage.
class ASSAY_API ServeContext {
 public:
  struct Settings {
    at::Device device = at::Device(at::kCPU);
    const Features* features = nullptr;
    const Inputs* inputs = nullptr;
    uint64_t seed = 1;         ///< the serving seed of this trial
    uint64_t place = 0;        ///< identifies the stage's place in its chain
    double remaining_ms = -1;  ///< time budget, -1 for none
  };
  explicit ServeContext(const Settings& settings)
      : settings_(std::make_shared<const Settings>(settings)) {}

  const at::Device& device() const { return settings_->device; }
  const Features& features() const { return *settings_->features; }
  const Inputs& inputs() const { return *settings_->inputs; }

  /// float32 [B, n], uniform in [0, 1). Counter-based (Philox 4x32-10, keyed by seed, place of the
  /// stage, stream and request): a request gets the same numbers in any batch, with any number of
  /// workers, on CPU and GPU. The only source of chance while serving; a strategy that calls it has
  /// the trait `draws_in_serving`.
  at::Tensor uniform(const RequestBatch& requests, int64_t n, uint64_t stream = 0) const;

  /// Milliseconds that this stage has left by `serving.deadlines` when it is called, -1 where there
  /// is no deadline. A strategy may do less where little is left; its list is thrown away when it
  /// is late.
  double remaining_ms() const { return settings_->remaining_ms; }

  const Settings& settings() const { return *settings_; }

 private:
  std::shared_ptr<const Settings> settings_;  // by pointer, so that later versions can add to it
};

/// While a strategy learns.
class ASSAY_API FitContext {
 public:
  virtual ~FitContext();
  virtual const at::Device& device() const = 0;
  virtual const Features& features() const = 0;
  virtual const Inputs& inputs() const = 0;
  /// Sequential random numbers, seeded from the file's `seeds`; using it needs the trait
  /// `draws_in_fit`.
  virtual at::Generator generator() = 0;
  /// Shown as progress; `total` may be 0 where it is unknown.
  virtual void progress(int64_t done, int64_t total) = 0;
  /// Lands in the results database beside the fit (final loss, epochs, number of pairs, ...).
  virtual void note(const std::string& key, const std::string& value) = 0;
  /// True once the user has asked to stop, a trial fit has had its second, or the host has seen
  /// enough: leave a checkpoint and return. Ask once an epoch, or once a second.
  virtual bool stop_requested() const = 0;
  /// Keeps a state from which a later fit of the same identity may go on.
  virtual void checkpoint(const Archive& archive) = 0;
  /// The last checkpoint, or nullptr.
  virtual const Archive* resume_from() const = 0;
  /// For calling inputs while fitting.
  virtual ServeContext serving() const = 0;
  /// The primary metric on a fixed sample of validation requests, negated if lower is better. The
  /// host serves them by this very instance; no label is seen. Needs the trait `validates` (else it
  /// throws). NaN where nothing can be chosen: in a final refit and in a trial fit.
  virtual double validate() = 0;
  /// In a final refit: what the strategy noted as chosen in the fit that validated
  /// (`note("chosen.epochs", "12")` gives chosen("epochs")), or "".
  virtual std::string chosen(const std::string& key) const = 0;
  /// True in a trial fit, which runs before the real ones on a small sample to find mistakes early
  /// and whose model is thrown away: one epoch or a second of work is enough.
  virtual bool trial() const = 0;
  /// A point of a curve (loss, validation metric, learning rate) at a step (epoch, sweep). A step
  /// given twice keeps the last value. Stored with the fit, and drawn in the report. Names that
  /// begin with `host.` are the host's.
  virtual void note_step(const std::string& name, int64_t step, double value) = 0;
};

/// What load() needs beside the archive.
struct LoadContext {
  at::Device device = at::Device(at::kCPU);
  const Features* features = nullptr;
  const Inputs* inputs = nullptr;
};

}  // namespace assay
