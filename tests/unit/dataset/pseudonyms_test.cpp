#include "dataset/pseudonyms.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <vector>

#include "error/error.h"
#include "unit/temp_folder.h"

namespace assay::dataset {
namespace {

using test::TempFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const std::string kKey(32, 'k');

class PseudonymKey : public ::testing::Test {
 protected:
  std::string key_file(const std::string& bytes, mode_t mode = 0600) const {
    const std::string path = folder_.write("key", bytes);
    ::chmod(path.c_str(), mode);
    return path;
  }
  std::string refusal(const std::string& path) const {
    try {
      Pseudonyms::of_file(path);
    } catch (const error::UserError& error) {
      return error.what();
    }
    return "nothing was thrown";
  }
  TempFolder folder_;
};

TEST_F(PseudonymKey, IsThatOfItsFileWithoutTheLineEnd) {
  const Pseudonyms read = Pseudonyms::of_file(key_file(kKey + "\n"));
  EXPECT_EQ(read.name("user", "7"), Pseudonyms(kKey).name("user", "7"));
  EXPECT_EQ(read.key_id(), Pseudonyms(kKey).key_id());
}

TEST_F(PseudonymKey, IsRefusedWhereItIsMissingShortOrNoKey) {
  EXPECT_THAT(refusal(folder_.file("none")), HasSubstr("cannot be read (No such file"));
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("this is none"));
  EXPECT_THAT(refusal(key_file("password\n")),
              HasSubstr("holds a key of 8 bytes; expected at least 32"));
  EXPECT_THAT(refusal(key_file(std::string(100'000, 'x'))), HasSubstr("has 100000 bytes"));
}

TEST_F(PseudonymKey, IsNeverPartOfAMessage) {
  EXPECT_THAT(refusal(key_file("password\n")), Not(HasSubstr("password")));
  EXPECT_THAT(Pseudonyms(kKey).key_id(), Not(HasSubstr("kk")));
}

TEST_F(PseudonymKey, ThatOthersMayReadIsSaid) {
  std::vector<std::string> said;
  const Notice notice = [&](const std::string& line) { said.push_back(line); };
  Pseudonyms::of_file(key_file(kKey, 0600), notice);
  EXPECT_THAT(said, IsEmpty());
  Pseudonyms::of_file(key_file(kKey, 0644), notice);
  EXPECT_THAT(said, ElementsAre(HasSubstr("may be read by others: chmod 600")));
}

TEST(Pseudonyms, AreTheSameForOneKeyAndOthersForAnother) {
  const Pseudonyms one(kKey), other(std::string(32, 'o'));
  EXPECT_EQ(one.name("user", "ann"), one.name("user", "ann"));
  EXPECT_NE(one.name("user", "ann"), other.name("user", "ann"));
  EXPECT_NE(one.name("user", "ann"), one.name("item", "ann"));
  EXPECT_NE(one.key_id(), other.key_id());
}

TEST(Pseudonyms, OfAColumnKeepItsOrderAndSize) {
  TextColumn ids;
  for (const char* id : {"b", "a", "c"}) ids.add(id);
  const Pseudonyms pseudonyms(kKey);
  const TextColumn names = pseudonyms.names("item", ids);
  ASSERT_EQ(names.size(), 3);
  for (int64_t row = 0; row < 3; ++row) {
    EXPECT_EQ(names[row], pseudonyms.name("item", ids[row]));
    EXPECT_EQ(names[row].size(), 32u);
  }
}

}  // namespace
}  // namespace assay::dataset
