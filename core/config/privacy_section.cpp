#include "config/privacy.h"
#include "config/sections.h"

namespace assay::config {

std::string read_privacy(const Section& file) {
  const Section privacy = file.sub("privacy");
  std::string key;
  if (!privacy.text("pseudonymise", key)) return "";
  if (!key.empty()) return absolute_path(*privacy.find("pseudonymise"), key);
  privacy.problem("pseudonymise", "is empty; it must name a file with a key");
  return "";
}

}  // namespace assay::config
