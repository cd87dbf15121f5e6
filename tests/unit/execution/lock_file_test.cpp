#include "execution/lock_file.h"

#include <gmock/gmock.h>

#include "error/error.h"

namespace assay::execution {
namespace {

using Kind = LockedFile::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string sha(char digit) { return std::string(64, digit); }

const std::string kTitle = "assay plugins.lock 1\n";

std::string refusal(const std::string& text) {
  try {
    parse_lock(text, "plugins.lock");
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::vector<std::string> names(const std::vector<LockedFile>& files) {
  std::vector<std::string> out;
  for (const LockedFile& file : files) out.push_back(file.name);
  return out;
}

TEST(LockFile, IsTheSameTextInWhateverOrderFilesCome) {
  const std::vector<LockedFile> files = {{Kind::model, "a.pt2", sha('3'), ""},
                                         {Kind::plugin, "recall/ease.so", sha('2'), ""},
                                         {Kind::library, "libm.so of x.so", sha('4'), ""},
                                         {Kind::plugin, "recall/als.so", sha('1'), ""}};
  const std::string text = lock_text(files);
  EXPECT_EQ(text, lock_text({files.rbegin(), files.rend()}));
  EXPECT_THAT(names(parse_lock(text, "")),
              ElementsAre("recall/als.so", "recall/ease.so", "libm.so of x.so", "a.pt2"));
}

TEST(LockFile, NamesMayHoldBlanks) {
  const auto files =
      parse_lock(lock_text({{Kind::model, "my models/the tower.pt2", sha('a'), ""}}), "");
  EXPECT_THAT(names(files), ElementsAre("my models/the tower.pt2"));
}

TEST(LockFile, OneOfAnotherVersionIsRefused) {
  EXPECT_THAT(refusal("assay plugins.lock 2\n"),
              HasSubstr("plugins.lock:1: is of version 2, and this assay reads version 1"));
}

TEST(LockFile, DamageIsNamedWithItsLine) {
  EXPECT_THAT(refusal("hello\n"), HasSubstr("plugins.lock:1: does not begin with"));
  EXPECT_THAT(refusal(kTitle + "<<<<<<< HEAD\n"), HasSubstr("plugins.lock:2: is \"<<<<<<< HEAD\""));
  EXPECT_THAT(refusal(kTitle + "\nplugin 12ab x.so\n"),
              HasSubstr("plugins.lock:3: has the SHA-256 12ab; expected 64 hex digits"));
  EXPECT_THAT(refusal(kTitle + "plugin " + sha('1') + "\n"), HasSubstr("plugins.lock:2: is"));
  const std::string line = "plugin " + sha('1') + " x.so\n";
  EXPECT_THAT(refusal(kTitle + line + line),
              HasSubstr("plugins.lock:3: names plugin x.so again (first in line 2)"));
}

TEST(LockFile, ChangesAreWhatIsNewOtherAndNotUsed) {
  const std::vector<LockedFile> lock = {{Kind::plugin, "gone.so", sha('1'), ""},
                                        {Kind::plugin, "other.so", sha('2'), ""},
                                        {Kind::plugin, "same.so", sha('3'), ""}};
  const LockChanges changes = compare_lock(lock, {{Kind::plugin, "other.so", sha('9'), ""},
                                                  {Kind::model, "same.so", sha('3'), ""},
                                                  {Kind::plugin, "same.so", sha('3'), ""}});
  ASSERT_THAT(changes.added, SizeIs(1));
  EXPECT_EQ(changes.added[0].kind, Kind::model);
  ASSERT_THAT(changes.changed, SizeIs(1));
  EXPECT_EQ(changes.changed[0].locked.sha256, sha('2'));
  EXPECT_EQ(changes.changed[0].now.sha256, sha('9'));
  EXPECT_THAT(names(changes.unused), ElementsAre("gone.so"));
  EXPECT_THAT(names(changes.same), ElementsAre("same.so"));
}

TEST(LockFile, ARefusalHasBothHashesAndWhatToDo) {
  const LockChanges changes = compare_lock({{Kind::plugin, "x.so", sha('1'), ""}},
                                           {{Kind::plugin, "x.so", sha('2'), "/x"}});
  try {
    require_lock(changes, "plugins.lock", "assay lock a.yaml");
    FAIL() << "nothing was thrown";
  } catch (const error::UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/x: plugin x.so has the SHA-256 " + sha('2') +
                                        ", and plugins.lock has " + sha('1')));
    EXPECT_THAT(error.what(), HasSubstr("run `assay lock a.yaml`"));
  }
}

TEST(LockFile, WhatIsInALockAndNotUsedIsNoReasonToRefuse) {
  EXPECT_NO_THROW(
      require_lock(compare_lock({{Kind::plugin, "x.so", sha('1'), ""}}, {}), "plugins.lock", ""));
}

}  // namespace
}  // namespace assay::execution
