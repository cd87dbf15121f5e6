#include <ATen/Context.h>
#include <ATen/core/grad_mode.h>
#include <assay/error.h>
#include <assay/extra/exported/allowed_model.h>
#include <assay/extra/exported/exported_model.h>
#include <assay/extra/exported/runners.h>
#include <c10/util/Exception.h>
#include <caffe2/serialize/inline_container.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <utility>

namespace assay::extra {
namespace {

using Reader = caffe2::serialize::PyTorchStreamReader;

/// Which flags of the CPU the words of AOTI_CPU_ISA stand for.
const std::map<std::string, std::vector<std::string>>& flags_of_words() {
  static const std::map<std::string, std::vector<std::string>> known = {
      {"INVALID_VEC_ISA", {}},
      {"AVX2", {"avx2", "fma", "f16c"}},
      {"AVX512", {"avx512f", "avx512dq", "avx512vl", "avx512bw", "fma"}},
      {"AVX512_VNNI", {"avx512_vnni"}},
      {"AMX_TILE", {"amx_tile", "amx_bf16", "amx_int8"}}};
  return known;
}

std::string cpu_flags() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("flags")) return line;
  return "";
}

/// A record of the archive, if it has one of which the name ends so.
std::string record_ending(Reader& reader, const std::string& end) {
  for (const std::string& name : reader.getAllRecords()) {
    if (!name.ends_with(end)) continue;
    const auto [data, size] = reader.getRecord(name);
    return {static_cast<const char*>(data.get()), size};
  }
  return "";
}

/// What a package says of itself, and of the machine that it was made for.
struct Described {
  std::string signature;
  std::map<std::string, std::string> metadata;
};

Described described(ModelFormat format, const std::string& path, const std::string& what) {
  const bool package = format == ModelFormat::aot;
  const std::string kind = package ? "a package of AOTInductor (.pt2)" : "TorchScript";
  Described out;
  try {
    Reader reader(path);
    const std::string metadata = record_ending(reader, "wrapper_metadata.json");
    const std::string code = record_ending(reader, "constants.pkl");
    if (package ? metadata.empty() : code.empty()) {
      throw InvalidInput(what + "is no file of " + kind +
                         (code.empty() ? "" : ", but TorchScript") +
                         (metadata.empty() ? "" : ", but a package of AOTInductor") +
                         "; name one, or use the strategy of that format.");
    }
    if (package)
      out.metadata = nlohmann::json::parse(metadata).get<std::map<std::string, std::string>>();
    out.signature = package ? out.metadata["assay"] : record_ending(reader, "extra/assay");
  } catch (const InvalidInput&) {
    throw;
  } catch (const c10::Error& error) {
    throw InvalidInput(what + "is no file of " + kind + ": " + error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw InvalidInput(what + "is no file of " + kind + ": " + error.what());
  }
  if (out.signature.empty()) {
    throw InvalidInput(what + "holds no signature; export it with one, " +
                       (package
                            ? "inductor_configs={'aot_inductor.metadata': {'assay': signature}}"
                            : "torch.jit.save(model, file, _extra_files={'assay': signature})") +
                       ".");
  }
  return out;
}

void expect_this_machine(const std::map<std::string, std::string>& metadata,
                         const at::Device& device, const std::string& what) {
  const auto of = [&](const char* key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? std::string() : found->second;
  };
#if defined(__x86_64__)
  const std::string machine = "x86_64";
#else
  const std::string machine = "another machine";
#endif
  const std::string device_name = device.is_cpu() ? "cpu" : "cuda";
  const std::array<std::array<std::string, 3>, 3> facts = {
      {{"AOTI_PLATFORM", "linux", "platform"},
       {"AOTI_MACHINE", machine, "machine"},
       {"AOTI_DEVICE_KEY", device_name, "device"}}};
  for (const auto& [key, here, word] : facts) {
    const std::string found = of(key.c_str());
    if (found.empty() || found == here) continue;
    throw InvalidInput(what + "was exported for the " + word + " '" + found + "', and this is '" +
                       here + "'; export it for that.");
  }
  if (!device.is_cpu()) return;
  const std::string missing = missing_instructions(of("AOTI_CPU_ISA"), cpu_flags());
  if (missing.empty()) return;
  throw InvalidInput(what + "was exported for CPUs with " + of("AOTI_CPU_ISA") +
                     ", and this one lacks " + missing +
                     "; export it on a machine like this one, or for any with 'cpp.march': '' in "
                     "inductor_configs and ATEN_CPU_CAPABILITY=default in the environment.");
}

class Loaded : public ExportedModel {
 public:
  explicit Loaded(std::unique_ptr<ModelRunner> runner) : runner_(std::move(runner)) {}
  std::vector<at::Tensor> run_unchecked(const std::vector<at::Tensor>& inputs) const override {
    return runner_->run(inputs);
  }
  void know(std::string what, Signature signature, std::string sha256) {
    what_ = std::move(what);
    signature_ = std::move(signature);
    sha256_ = std::move(sha256);
  }

 private:
  std::unique_ptr<ModelRunner> runner_;
};

}  // namespace

std::string missing_instructions(const std::string& isa, const std::string& flags) {
  std::istringstream words(isa), have(flags);
  const std::vector<std::string> here{std::istream_iterator<std::string>(have), {}};
  std::string missing;
  for (std::string word; words >> word;) {
    const auto known = flags_of_words().find(word);
    if (known == flags_of_words().end()) {
      missing += (missing.empty() ? "" : ", ") + word;
      continue;
    }
    for (const std::string& flag : known->second)
      if (std::ranges::find(here, flag) == here.end())
        missing += (missing.empty() ? "" : ", ") + flag;
  }
  return missing;
}

at::Tensor ExportedModel::run(const std::vector<at::Tensor>& inputs) const {
  const at::NoGradGuard no_gradients;
  std::vector<at::Tensor> all;
  try {
    all = run_unchecked(inputs);
  } catch (const c10::Error& error) {
    throw InvalidInput(what_ + "failed: " + error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw InvalidInput(what_ + "failed: " + error.what());
  }
  const TensorSpec& expected = signature_.output;
  if (all.size() != 1) {
    throw InvalidInput(what_ + "gave " + std::to_string(all.size()) +
                       " tensors; its signature says one, " + expected.text() + ".");
  }
  // Open sizes are those of the inputs.
  std::map<std::string, int64_t> open;
  for (size_t n = 0; n < inputs.size(); ++n)
    for (size_t d = 0; d < signature_.inputs[n].sizes.size(); ++d)
      open[signature_.inputs[n].sizes[d]] = inputs[n].size(static_cast<int64_t>(d));
  const at::Tensor& out = all.front();
  bool fits = out.scalar_type() == expected.dtype && out.dim() == std::ssize(expected.sizes);
  for (int64_t d = 0; fits && d < out.dim(); ++d) {
    const std::string& size = expected.sizes[static_cast<size_t>(d)];
    fits = out.size(d) == (open.count(size) > 0 ? open[size] : std::stoll(size));
  }
  if (fits) return out;
  TensorSpec found{.name = expected.name, .dtype = out.scalar_type(), .sizes = {}};
  for (const int64_t size : out.sizes()) found.sizes.push_back(std::to_string(size));
  throw InvalidInput(what_ + "gave " + found.text() + "; its signature says " + expected.text() +
                     ". Export it with a signature that holds.");
}

std::unique_ptr<ExportedModel> load_exported(ModelFormat format, const std::string& file,
                                             const std::string& who, const Offer& offer,
                                             const at::Device& device) {
  const AllowedModel allowed(file, who);
  const std::string what = who + ": " + file + " ";
  const Described about = described(format, allowed.path(), what);
  Signature signature = read_signature(about.signature, file, who);
  expect_offered(signature, offer, file, who);
  if (format == ModelFormat::aot) expect_this_machine(about.metadata, device, what);
  std::unique_ptr<Loaded> out;
  try {
    out = std::make_unique<Loaded>(format == ModelFormat::aot
                                       ? aot_runner(allowed.path(), device)
                                       : torchscript_runner(allowed.path(), signature, device));
  } catch (const c10::Error& error) {
    throw InvalidInput(what + "cannot be loaded: " + error.what_without_backtrace());
  } catch (const std::exception& error) {
    throw InvalidInput(what + "cannot be loaded: " + error.what());
  }
  out->know(what, std::move(signature), allowed.sha256());
  return out;
}

}  // namespace assay::extra
