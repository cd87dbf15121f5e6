#include "host/stamp.h"

#include <gmock/gmock.h>

#include <cstring>

#include "host/refused.h"

namespace assay::host {
namespace {

Stamp gcc_stamp() {
  Stamp stamp = this_stamp();
  std::strcpy(stamp.compiler, "gcc");
  std::strcpy(stamp.torch, "2.13.0");
  stamp.compiler_major = 12;
  return stamp;
}

std::string refusal(const Stamp& theirs) {
  try {
    check_stamp("x.so", theirs, gcc_stamp());
  } catch (const PluginRefused& error) {
    return error.message();
  }
  return "";
}

TEST(Stamp, TheSameBuildFits) { EXPECT_EQ(refusal(gcc_stamp()), ""); }

TEST(Stamp, EveryFieldThatDiffersIsNamed) {
  Stamp theirs = gcc_stamp();
  std::strcpy(theirs.torch, "2.11.0");
  std::strcpy(theirs.compiler, "clang");
  theirs.compiler_major = 16;
  theirs.cpp_standard = 201703;
  theirs.libstdcxx_abi = 0;
  theirs.cuda = 1;
  EXPECT_EQ(refusal(theirs),
            "is built with torch 2.11.0 (this assay: torch 2.13.0), LibTorch with CUDA (this "
            "assay: LibTorch without "
            "CUDA), clang++ 16 (this assay: g++ 12), C++17 (this assay: C++20), the old libstdc++ "
            "ABI (this assay: the "
            "new libstdc++ ABI); build it again with this assay's CMake package");
}

TEST(Stamp, CheckedContainersAndSanitizersMustBeEqualTheBuildTypeNeedNot) {
  Stamp theirs = gcc_stamp();
  std::strcpy(theirs.build_type, "Debug");
  EXPECT_NO_THROW(check_stamp("x.so", theirs, gcc_stamp()));
  theirs.checked_stl = 1;
  std::strcpy(theirs.sanitizer, "address");
  EXPECT_EQ(refusal(theirs),
            "is built with containers of _GLIBCXX_DEBUG (this assay: ordinary containers), "
            "sanitizer address (this assay: no sanitizer); build it again with this assay's CMake "
            "package");
}

TEST(Stamp, AnOlderMinorOfTheSdkFits) {
  Stamp ours = gcc_stamp();
  ours.sdk_minor = 3;
  EXPECT_NO_THROW(check_stamp("x.so", gcc_stamp(), ours));
}

TEST(Stamp, AShorterStampOfAnOlderSdkIsReadAsFarAsItGoes) {
  constexpr uint32_t size = offsetof(Stamp, build_type), cut = sizeof(Stamp) - size;
  StampNote note{6, size, 1, "ASSAY", this_stamp()};
  note.stamp.size = size;
  const auto bytes = std::as_bytes(std::span(&note, 1));
  const Stamp stamp = parse_note("x.so", bytes.first(bytes.size() - cut));
  EXPECT_EQ(stamp.sdk_major, kSdkMajor);
  EXPECT_EQ(stamp.build_type[0], '\0');
}

TEST(Stamp, ANoteWithoutRoomForAStampIsDamaged) {
  const StampNote note{6, sizeof(Stamp), 1, "ASSAY", this_stamp()};
  const auto bytes = std::as_bytes(std::span(&note, 1));
  for (const size_t length : {size_t{0}, size_t{12}, size_t{40}, bytes.size() - 1}) {
    try {
      parse_note("x.so", bytes.first(length));
      ADD_FAILURE() << "nothing was thrown for " << length << " bytes";
    } catch (const PluginRefused& error) {
      EXPECT_EQ(error.code(), task::ProbeCode::damaged_note);
    }
  }
}

}  // namespace
}  // namespace assay::host
