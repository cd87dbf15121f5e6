#include "hash/hmac.h"

#include <gtest/gtest.h>

namespace assay::hash {
namespace {

TEST(Hmac, IsThatOfTheTestCasesOfRfc4231) {
  EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hmac_sha256_hex(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(Hmac, DependsOnEveryByteOfKeyAndText) {
  EXPECT_NE(hmac_sha256_hex("key", "text"), hmac_sha256_hex("kez", "text"));
  EXPECT_NE(hmac_sha256_hex("key", "text"), hmac_sha256_hex("key", std::string("text\0", 5)));
}

}  // namespace
}  // namespace assay::hash
