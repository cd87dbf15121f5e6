#include <assay/extra/neighbours/nearest_neighbours.h>
#include <gmock/gmock.h>

#include <vector>

namespace assay::test {
namespace {

using namespace extra;
using testing::SizeIs;
using testing::UnorderedElementsAre;

std::vector<int32_t> kept(std::vector<Neighbour> all, int64_t count) {
  keep_nearest(all, count);
  std::vector<int32_t> ids;
  for (const Neighbour& one : all) ids.push_back(one.id);
  return ids;
}

TEST(NearestNeighbours, AreTheMostSimilarAndAmongEqualsTheSmallerIds) {
  const std::vector<Neighbour> all = {{7, 0.5, 0.5}, {3, 0.5, 0.5}, {9, 0.9, 0.9}, {1, 0.1, 0.1}};
  EXPECT_THAT(kept(all, 2), UnorderedElementsAre(9, 3));
  EXPECT_THAT(kept(all, 0), SizeIs(0));
  EXPECT_THAT(kept(all, 10), UnorderedElementsAre(7, 3, 9, 1));
}

TEST(NearestNeighbours, GoByTheRoundedSimilarity) {
  EXPECT_THAT(kept({{7, 0.5000000001, 0.5}, {3, 0.5, 0.5}}, 1), UnorderedElementsAre(3));
}

}  // namespace
}  // namespace assay::test
