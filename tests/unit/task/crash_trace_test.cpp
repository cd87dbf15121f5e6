#include "task/crash_trace.h"

#include <gmock/gmock.h>

namespace assay::task {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kHow[] = "crashed (SIGSEGV)";

TEST(EndText, WithoutWordsIsHowItEnded) { EXPECT_EQ(end_text(kHow, ""), kHow); }

TEST(EndText, OneLineOfWordsStandsBehindIt) {
  EXPECT_EQ(end_text(kHow, "\nno row for user 17\n"),
            "crashed (SIGSEGV); its last words: no row for user 17");
}

TEST(EndText, SeveralLinesStandBelow) {
  EXPECT_EQ(end_text(kHow, "first\n\nsecond\n"),
            "crashed (SIGSEGV)\n  its last words: first\n  second");
}

TEST(EndText, KeepsTheSummaryOfASanitizerHoweverMuchFollows) {
  std::string written = "SUMMARY: AddressSanitizer: heap-buffer-overflow tower.cpp:12 in fit\n";
  for (int i = 0; i < 50; ++i) written += "0x1000: fa fa fa fa\n";
  written += "==7==ABORTING\n";
  const std::string text = end_text(kHow, written);
  EXPECT_THAT(text, HasSubstr("its last words: SUMMARY: AddressSanitizer: heap-buffer-overflow"));
  EXPECT_THAT(text, EndsWith("==7==ABORTING"));
}

TEST(EndText, AFrameWithoutInformationIsItsLibraryAndOffset) {
  EXPECT_EQ(end_text(kHow, "assay-frame 0x12 - /nowhere/tower.so\n"),
            "crashed (SIGSEGV) in tower.so+0x12\n  tower.so+0x12");
}

TEST(EndText, AnExportedSymbolIsReadable) {
  EXPECT_THAT(end_text(kHow, "assay-frame 0x12 _ZN5Tower6recallEl /nowhere/tower.so\n"),
              EndsWith("\n  Tower::recall(long)"));
}

TEST(EndText, TheStackEndsWhereAssayCalledThePlugin) {
  const std::string text = end_text(kHow,
                                    "assay-frame 0x1 - /torch/lib/libtorch_cpu.so\n"
                                    "assay-frame 0x12 _Z3fitv /nowhere/tower.so\n"
                                    "assay-frame 0x3 - /opt/bin/assay-worker\n"
                                    "assay-frame 0x4 - /opt/bin/assay-worker\n");
  EXPECT_EQ(text, "crashed (SIGSEGV) in fit\n  libtorch_cpu.so+0x1\n  fit()");
}

TEST(EndText, ManyFramesOfLibTorchLeaveRoomForThePlugin) {
  std::string written;
  for (int i = 0; i < 40; ++i) written += "assay-frame 0x1 - /torch/lib/libtorch_cpu.so\n";
  written += "assay-frame 0x12 _Z3fitv /nowhere/tower.so\n";
  EXPECT_EQ(end_text(kHow, written),
            "crashed (SIGSEGV) in fit\n  libtorch_cpu.so+0x1, 3 times or more\n  fit()");
}

TEST(EndText, LongLinesAreCut) {
  EXPECT_THAT(end_text(kHow, std::string(5000, 'x')), Not(HasSubstr(std::string(301, 'x'))));
}

}  // namespace
}  // namespace assay::task
