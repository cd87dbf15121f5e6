#include "ingest/catalogue.h"

namespace assay::ingest {
namespace {

CatalogueEntry movielens_100k() {
  return {
      .name = "movielens-100k",
      .title = "MovieLens 100K",
      .summary =
          "100,000 film ratings (1 to 5) with times, of 943 users and 1,682 films; genres, age, "
          "occupation",
      .format = "recbole",
      .columns = {},
      .files =
          {{"ml-100k.inter", "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"},
           {"ml-100k.item", "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532"},
           {"ml-100k.user", "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972"}},
      .features = {},
      .train_file = {},
      .test_file = {},
      .events_are = "ratings",
      .licence = "research use",
      .citation =
          "F. M. Harper and J. A. Konstan. The MovieLens Datasets: History and Context. ACM TiiS "
          "5(4), 2015",
      .wheel = CatalogueWheel{"recbole==1.2.1",
                              "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407",
                              "recbole/dataset_example/ml-100k"},
      .obtain = {},
  };
}

CatalogueEntry amazon_beauty() {
  return {
      .name = "amazon-beauty",
      .title = "Amazon Beauty (5-core, S3-Rec's sequences)",
      .summary =
          "198,502 reviews of 22,363 users and 12,101 products, in order; attributes of the "
          "products, no times",
      .format = "sequences",
      .columns = {},
      .files = {{"Beauty.txt", ""}, {"Beauty_item2attributes.json", ""}},
      .features = {{.of = "item",
                    .path = "Beauty_item2attributes.json",
                    .format = "json_map",
                    .id = {},
                    .columns = {{"attributes", "set"}},
                    .where = {}}},
      .train_file = {},
      .test_file = {},
      .events_are = "reviews",
      .licence = "research use",
      .citation =
          "J. McAuley et al. Image-Based Recommendations on Styles and Substitutes. SIGIR 2015; "
          "K. Zhou et al. S3-Rec. CIKM 2020",
      .wheel = {},
      .obtain =
          "copy Beauty.txt and Beauty_item2attributes.json from data/ of the S3-Rec code of "
          "Zhou et al.",
  };
}

CatalogueEntry gowalla() {
  return {
      .name = "gowalla",
      .title = "Gowalla (LightGCN split)",
      .summary =
          "1,027,370 check-ins of 29,858 users at 40,981 places; train and test are given, no "
          "times",
      .format = "user_items",
      .columns = {},
      .files = {{"train.txt", ""}, {"test.txt", ""}},
      .features = {},
      .train_file = "train.txt",
      .test_file = "test.txt",
      .events_are = "check-ins",
      .licence = "research use",
      .citation =
          "D. Liang et al. Modeling User Exposure in Recommendation. WWW 2016; "
          "X. He et al. LightGCN. SIGIR 2020",
      .wheel = {},
      .obtain = "copy train.txt and test.txt from data/gowalla of the LightGCN code of He et al.",
  };
}

}  // namespace

const std::vector<CatalogueEntry>& data_catalogue() {
  static const std::vector<CatalogueEntry> entries = {amazon_beauty(), gowalla(), movielens_100k()};
  return entries;
}

}  // namespace assay::ingest
