#include "ingest/vector_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <fstream>

#include "data_files.h"

namespace assay::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Files that other programs wrote (tests/unit/ingest/files/README.md).
std::string file_of(const std::string& name) {
  return ASSAY_SOURCE_DIR "/tests/unit/ingest/files/vectors/" + name;
}

std::string bytes_of(const std::string& name) {
  std::ifstream in(file_of(name), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Vectors : public testing::Test {
 protected:
  static std::vector<std::vector<double>> rows(const std::string& path, const std::string& format,
                                               const std::string& tensor = "") {
    const VectorMatrix matrix = VectorMatrix::open(path, format, tensor);
    std::vector<std::vector<double>> out(static_cast<size_t>(matrix.rows()));
    for (int64_t row = 0; row < matrix.rows(); ++row)
      for (int64_t i = 0; i < matrix.width(); ++i)
        out[static_cast<size_t>(row)].push_back(matrix.at(row, i));
    return out;
  }
  std::string error(const std::string& format, const std::string& bytes) {
    folder_.write("v." + format, bytes);
    return test::error_of(folder_, [&] {
      static_cast<void>(VectorMatrix::open(folder_.path("v." + format), format, "x"));
    });
  }
  static std::string uint32s(std::initializer_list<uint32_t> values) {
    std::string out;
    for (const uint32_t value : values)
      out.append(reinterpret_cast<const char*>(&value), sizeof value);
    return out;
  }
  test::TestFolder folder_;
};

TEST_F(Vectors, NumpyFilesAreReadInAnyTypeOrderOfBytesAndLayout) {
  for (const char* name : {"f16.npy", "f8_big.npy", "f4_fortran.npy", "f2_big_fortran.npy"})
    EXPECT_THAT(rows(file_of(name), "npy"),
                ElementsAre(ElementsAre(1.5, -2, 0.25), ElementsAre(3, 65504, -0.5)))
        << name;
}

TEST_F(Vectors, TensorsMayBeOfHalfPrecisionAndBfloat16) {
  const std::string path = file_of("types.safetensors");
  EXPECT_THAT(rows(path, "safetensors", "f16"),
              ElementsAre(ElementsAre(1.5, -2, 0.25), ElementsAre(3, 65504, -0.5)));
  EXPECT_THAT(rows(path, "safetensors", "f64"),
              ElementsAre(ElementsAre(1.5, -2, 0.25), ElementsAre(3, 65504, -0.5)));
  EXPECT_THAT(rows(path, "safetensors", "bf16"),
              ElementsAre(ElementsAre(1.5, -2, 0.25), ElementsAre(3, 3.140625, -0.5)));
}

TEST_F(Vectors, FilesOfNearestNeighbourBenchmarksAreRead) {
  EXPECT_THAT(rows(file_of("numpy.fbin"), "fbin"),
              ElementsAre(ElementsAre(1.5, -2, 0.25), ElementsAre(3, 65504, -0.5)));
  EXPECT_THAT(rows(file_of("numpy.u8bin"), "u8bin"),
              ElementsAre(ElementsAre(1, 2, 255), ElementsAre(3, 4, 0)));
  EXPECT_THAT(rows(file_of("numpy.i8bin"), "i8bin"),
              ElementsAre(ElementsAre(1, -2, 127), ElementsAre(3, 4, -128)));
  EXPECT_THAT(rows(file_of("faiss.fvecs"), "fvecs"),
              ElementsAre(ElementsAre(1.5, -2, 0.25), ElementsAre(3, 65504, -0.5)));
}

// The number of rows is 0x00088B1F, whose bytes begin as gzip does.
TEST_F(Vectors, ANumberOfRowsIsNotTakenForAPacking) {
  const uint32_t rows_of_file = 0x00088B1F;
  folder_.write("v.i8bin", uint32s({rows_of_file, 1}) + std::string(rows_of_file, '\x05'));
  EXPECT_EQ(VectorMatrix::open(folder_.path("v.i8bin"), "i8bin", "").rows(), rows_of_file);
}

TEST_F(Vectors, SayHowManyNumbersAreThereAndHowManyAreExpected) {
  const std::string fbin = bytes_of("numpy.fbin");
  const std::string cut = "; was it cut off, or is it another format?";
  EXPECT_EQ(error("fbin", fbin.substr(0, fbin.size() - 4)),
            "v.fbin: holds 5 numbers; its first 8 bytes say 2 rows of 3, which are 6" + cut);
  EXPECT_EQ(error("fbin", fbin + "more"),
            "v.fbin: holds 7 numbers; its first 8 bytes say 2 rows of 3, which are 6" + cut);
  EXPECT_THAT(error("fbin", fbin + "m"),
              HasSubstr("v.fbin: holds 6 numbers and 1 byte; its first 8 bytes"));
  EXPECT_EQ(error("u8bin", uint32s({0xFFFFFFFF, 0xFFFFFFFF}) + "abc"),
            "v.u8bin: holds 3 numbers; its first 8 bytes say 4294967295 rows of 4294967295, which "
            "are 18446744065119617025" +
                cut);
  EXPECT_EQ(error("fbin", "abc"),
            "v.fbin: has 3 bytes; a fbin begins with 8, its numbers of rows and of columns");
  const std::string fortran = bytes_of("f4_fortran.npy");
  EXPECT_EQ(error("npy", fortran.substr(0, fortran.size() - 4)),
            "v.npy: is truncated: it has 5 of 6 numbers; expected a .npy of float16, float32 or "
            "float64 [rows, width]");
  const std::string half = bytes_of("f16.npy");
  EXPECT_EQ(
      error("npy", half.substr(0, half.size() - 1)),
      "v.npy: is truncated: it has 1 of 2 rows; expected a .npy of float16, float32 or float64 "
      "[rows, width]");
}

TEST_F(Vectors, RowsOfUnequalWidthAreSaidByRow) {
  const std::string fvecs = bytes_of("faiss.fvecs");
  const std::string row = fvecs.substr(0, fvecs.size() / 2);
  EXPECT_EQ(error("fvecs", row + uint32s({2, 0, 0})),
            "v.fvecs, row 1: has 2 numbers; the rows before have 3");
  EXPECT_EQ(error("fvecs", row + row.substr(0, 9)),
            "v.fvecs, row 1: has 9 of 16 bytes; was the file cut off?");
  EXPECT_EQ(error("fvecs", row + row.substr(0, 2)),
            "v.fvecs, row 1: has 2 of 16 bytes; was the file cut off?");
  EXPECT_EQ(error("fvecs", uint32s({0xFFFFFFFF, 1})),
            "v.fvecs: begins with -1 as the number of columns; is it fvecs?");
  EXPECT_EQ(error("fvecs", ""), "v.fvecs: is empty; expected rows of float32 as fvecs");
}

TEST_F(Vectors, TypesThatAreNoNumbersAreRefused) {
  EXPECT_EQ(error("npy", bytes_of("bf16.npy")),
            "v.npy: holds '<V2', bytes without a type (bfloat16 has none in numpy: save "
            "array.astype(numpy.float32), or safetensors); expected a .npy of float16, float32 or "
            "float64 [rows, width]");
}

TEST_F(Vectors, AFeatureOfTheBenchmarksBelongsToItsIds) {
  folder_.write("log.csv", "user,item,at\n1,a,1\n1,b,2\n");
  folder_.write("ids.txt", "b\na\n");
  task::DatasetSpec dataset = test::csv_at(folder_.path("log.csv"));
  dataset.features.push_back({.of = "item",
                              .path = file_of("faiss.fvecs"),
                              .format = "fvecs",
                              .id = folder_.path("ids.txt"),
                              .columns = {{"image", "vector"}},
                              .where = {}});
  EXPECT_THAT(test::values<float>(imported(folder_, dataset).file(), "item.feature.image.values"),
              ElementsAre(3, 65504, -0.5, 1.5, -2, 0.25));
}

TEST_F(Vectors, ANumberThat32BitsDoNotHoldIsRefused) {
  folder_.write("log.csv", "user,item,at\n1,a,1\n");
  task::DatasetSpec dataset = test::csv_at(folder_.path("log.csv"));
  dataset.features.push_back({.of = "item",
                              .path = folder_.write("v.csv", "id,v\na,1|1e39\n"),
                              .format = "csv",
                              .id = "id",
                              .columns = {{"v", "vector"}},
                              .where = {}});
  EXPECT_EQ(test::error_of(folder_, [&] { imported(folder_, dataset); }),
            "v.csv:2: v contains 1e39; vectors are kept in 32 bits, which hold numbers up to "
            "3.4e38");
}

}  // namespace
}  // namespace assay::ingest
