#include "task/slice.h"

#include <gmock/gmock.h>

#include "error/error.h"

namespace assay::task {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Slice, ReadsWhatItWrites) {
  for (const char* text :
       {"users: activity", "items: activity", "user.gender", "item.genre", "time: 4"}) {
    EXPECT_EQ(slice_text(parse_slice(text)), text);
  }
}

TEST(Slice, AnythingElseIsRefusedWithTheForms) {
  for (const char* text :
       {"", "users", "user.", "time: 1", "time: 101", "time: 4x", "users: age"}) {
    try {
      parse_slice(text);
      ADD_FAILURE() << text;
    } catch (const error::UserError& error) {
      EXPECT_THAT(error.problems()[0].what,
                  HasSubstr("which is not a slice; it must be users: activity"));
    }
  }
}

TEST(Slice, PartsAreNamedAfterTheirCut) {
  EXPECT_EQ(slice_name(parse_slice("users: activity"), "cold"), "users: cold");
  EXPECT_EQ(slice_name(parse_slice("items: activity"), "hot"), "items: hot");
  EXPECT_EQ(slice_name(parse_slice("user.gender"), "F"), "user.gender: F");
  EXPECT_EQ(slice_name(parse_slice("time: 4"), "1 of 4"), "time: 1 of 4");
}

// Of five active ones the most active fifth is one; what ties with it is hot as well.
TEST(Slice, ColdHaveNoEventAndAFifthOfTheOthersIsHot) {
  EXPECT_THAT(activity_of({0, 5, 1, 2, 3, 1}), ElementsAre(0, 2, 1, 1, 1, 1));
  EXPECT_THAT(activity_of({0, 5, 1, 5, 3, 1}), ElementsAre(0, 2, 1, 2, 1, 1));
  EXPECT_THAT(activity_of({0, 0}), ElementsAre(0, 0));
  EXPECT_THAT(activity_of({}), IsEmpty());
}

}  // namespace
}  // namespace assay::task
