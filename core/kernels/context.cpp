#include <assay/context.h>
#include <assay/error.h>
#include <assay/kernels.h>
#include <assay/strategy.h>

#include <stdexcept>
#include <utility>

namespace assay {
namespace {

// The names of a map, "a, b, c", or "nothing".
template <typename Map>
std::string names_of(const Map& map) {
  std::string names;
  for (const auto& [name, value] : map) names += (names.empty() ? "" : ", ") + name;
  return names.empty() ? "nothing" : names;
}

template <typename Value>
void put_once(std::map<std::string, Value>& map, const std::string& name, Value value) {
  if (!map.emplace(name, std::move(value)).second) {
    throw std::logic_error("the archive holds \"" + name + "\" already");
  }
}

template <typename Value>
const Value& get(const std::map<std::string, Value>& map, const char* kind,
                 const std::string& name) {
  const auto found = map.find(name);
  if (found == map.end()) {
    throw std::out_of_range("the archive has no " + std::string(kind) + " \"" + name +
                            "\"; it holds " + names_of(map));
  }
  return found->second;
}

}  // namespace

void Archive::put(const std::string& name, const at::Tensor& tensor) {
  if (!tensor.defined())
    throw std::logic_error("\"" + name + "\" is put into an archive but is no tensor yet");
  put_once(tensors_, name, tensor);
}

void Archive::put_text(const std::string& name, std::string text) {
  put_once(texts_, name, std::move(text));
}

void Archive::put_ragged(const std::string& name, const Ragged& ragged) {
  put(name + ".values", ragged.values);
  put(name + ".offsets", ragged.offsets);
}

bool Archive::has(const std::string& name) const {
  return tensors_.contains(name) || texts_.contains(name) || tensors_.contains(name + ".offsets");
}

const at::Tensor& Archive::tensor(const std::string& name) const {
  return get(tensors_, "tensor", name);
}
const std::string& Archive::text(const std::string& name) const {
  return get(texts_, "text", name);
}

Ragged Archive::ragged(const std::string& name) const {
  return {tensor(name + ".values"), tensor(name + ".offsets")};
}

void Inputs::add(const std::string& name, std::shared_ptr<const Strategy> strategy) {
  strategies_[name] = std::move(strategy);
}

void Inputs::add_part(const std::string& name, std::shared_ptr<const Archive> part) {
  parts_[name] = std::move(part);
}

const Archive& Inputs::part(const std::string& name) const {
  const auto found = parts_.find(name);
  if (found == parts_.end()) {
    throw std::logic_error("this strategy has no part \"" + name + "\" here, only " +
                           names_of(parts_) + "; declare it with p.part(...), and use it in fit");
  }
  return *found->second;
}

bool Inputs::has(const std::string& name) const { return strategies_.contains(name); }

const Strategy& Inputs::at(const std::string& name) const {
  const auto found = strategies_.find(name);
  if (found == strategies_.end()) {
    throw InvalidInput("this stage needs the input \"" + name + "\", and its inputs: names " +
                       names_of(strategies_) + "; add inputs: {" + name + ": ...} to the stage");
  }
  return *found->second;
}

at::Tensor ServeContext::uniform(const RequestBatch& requests, int64_t n, uint64_t stream) const {
  return counter_uniform(settings_->seed, settings_->place, stream, requests.request, n);
}

}  // namespace assay
