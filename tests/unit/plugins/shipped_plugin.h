#pragma once

/// The strategies as they are shipped: shared libraries, loaded without the host.

#include <assay/plugin.h>
#include <dlfcn.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace assay::test {

/// The one entry of plugins/<kind>/<name>.so.
inline const PluginEntry& shipped_plugin(const std::string& kind, const std::string& name) {
  const std::string path = std::string(ASSAY_BUILD_DIR "/plugins/") + kind + "/" + name + ".so";
  void* const library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(dlerror());
  const auto entry_function = reinterpret_cast<EntryFunction>(dlsym(library, kEntryFunction));
  return entry_function()->entries[0];
}

template <typename S>
std::unique_ptr<S> make_strategy(const std::string& kind, const std::string& name,
                                 const ParamMap& params) {
  std::unique_ptr<Strategy> strategy = shipped_plugin(kind, name).make_strategy(params);
  return std::unique_ptr<S>(dynamic_cast<S*>(strategy.release()));
}

inline std::unique_ptr<RecallStrategy> make_recall(const std::string& name,
                                                   const ParamMap& params = {}) {
  return make_strategy<RecallStrategy>("recall", name, params);
}
inline std::unique_ptr<RankStrategy> make_rank(const std::string& name,
                                               const ParamMap& params = {}) {
  return make_strategy<RankStrategy>("rank", name, params);
}
inline std::unique_ptr<RerankStrategy> make_rerank(const std::string& name,
                                                   const ParamMap& params = {}) {
  return make_strategy<RerankStrategy>("rerank", name, params);
}

/// What a fresh instance of the reranker serves after save() and load().
inline std::unique_ptr<RerankStrategy> copied_rerank(const RerankStrategy& fitted,
                                                     const std::string& name,
                                                     const ParamMap& params = {}) {
  static const Features features;
  static const Inputs inputs;
  Archive archive;
  fitted.save(archive);
  std::unique_ptr<RerankStrategy> fresh = make_rerank(name, params);
  fresh->load(archive, {.features = &features, .inputs = &inputs});
  return fresh;
}

}  // namespace assay::test
