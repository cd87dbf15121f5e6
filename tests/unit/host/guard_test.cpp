#include "host/guard.h"

#include <assay/error.h>
#include <c10/util/Exception.h>
#include <gmock/gmock.h>

#include <new>
#include <stdexcept>

namespace assay::host {
namespace {

template <typename Body>
std::pair<std::string, std::string> fault(Body body) {
  try {
    guarded("recall", body);
  } catch (const PluginFault& error) {
    return {std::string(name_of(error.fault().kind)), error.what()};
  }
  return {"", ""};
}

using Pair = std::pair<std::string, std::string>;

TEST(Guard, AResultPassesThrough) {
  EXPECT_EQ(guarded("recall", [] { return 3; }), 3);
}

TEST(Guard, InvalidInputIsTheUsersAndKeepsItsWords) {
  EXPECT_EQ(fault([] { throw InvalidInput("needs a price"); }),
            Pair("invalid_input", "needs a price"));
}

TEST(Guard, AnyOtherExceptionIsThePluginsFault) {
  EXPECT_EQ(fault([] { throw std::out_of_range("7"); }), Pair("exception", "recall threw: 7"));
  EXPECT_EQ(fault([] { throw 7; }),
            Pair("exception", "recall threw: something that is no std::exception"));
}

TEST(Guard, TorchErrorsComeWithoutBacktrace) {
  EXPECT_EQ(fault([] { TORCH_CHECK(false, "sizes differ"); }),
            Pair("exception", "recall threw: sizes differ"));
}

TEST(Guard, MemoryHasAKindOfItsOwn) {
  EXPECT_EQ(fault([] { throw std::bad_alloc(); }),
            Pair("memory", "recall threw: out of memory (std::bad_alloc)"));
  EXPECT_EQ(fault([] {
              TORCH_CHECK(false, "DefaultCPUAllocator: can't allocate memory: 8 bytes");
            }).first,
            "memory");
}

TEST(Guard, OurOwnErrorsPassThrough) {
  EXPECT_THROW(guarded("recall", [] { throw error::UserError("busy"); }), error::UserError);
}

}  // namespace
}  // namespace assay::host
