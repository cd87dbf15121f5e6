#include "config/key_parts.h"

namespace assay::config {
namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "privacy.pseudonymise",
     .type = text,
     .doc = "A file with a secret key, relative to the file. Outside ids of users and items become "
            "keyed hashes (HMAC-SHA-256) before anything is written, the cache included; lists and "
            "features that name outside ids still meet. Only an id of the key is kept, see "
            "[security.md](security.md).",
     .otherwise = "none: ids stay as they are"},
};

}  // namespace

std::span<const KeyInfo> privacy_keys() { return kKeys; }

}  // namespace assay::config
