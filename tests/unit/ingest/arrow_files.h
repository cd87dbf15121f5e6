#pragma once

/// Parquet files and packed texts for tests, written by Arrow.

#include <arrow/array.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/io/memory.h>
#include <arrow/json/from_string.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/compression.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <parquet/arrow/writer.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace assay::test {

/// A column: name, type, and its values as JSON ("[1, 2, null]").
struct ParquetColumn {
  std::string name;
  std::shared_ptr<arrow::DataType> type;
  std::string values;
};

/// Writes a Parquet file and returns its path; two rows a row group, so that groups are crossed.
inline std::string write_parquet(const std::string& path,
                                 const std::vector<ParquetColumn>& columns) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (const ParquetColumn& column : columns) {
    fields.push_back(arrow::field(column.name, column.type));
    arrays.push_back(*arrow::json::ArrayFromJSONString(column.type, column.values));
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  const auto out = *arrow::io::FileOutputStream::Open(path);
  const arrow::Status status =
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, /*chunk_size=*/2);
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_TRUE(out->Close().ok());
  return path;
}

/// The text, packed by Arrow.
inline std::string packed(const std::string& text, arrow::Compression::type type) {
  const auto codec = *arrow::util::Codec::Create(type);
  const auto out = *arrow::io::BufferOutputStream::Create();
  const auto stream = *arrow::io::CompressedOutputStream::Make(codec.get(), out);
  EXPECT_TRUE(stream->Write(text.data(), static_cast<int64_t>(text.size())).ok());
  EXPECT_TRUE(stream->Close().ok());
  return (*out->Finish())->ToString();
}

/// The text, packed by liblzma as xz does by default.
inline std::string packed_xz(const std::string& text) {
  std::string out(lzma_stream_buffer_bound(text.size()), '\0');
  size_t size = 0;
  EXPECT_EQ(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, nullptr,
                                    reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                    reinterpret_cast<uint8_t*>(out.data()), &size, out.size()),
            LZMA_OK);
  out.resize(size);
  return out;
}

}  // namespace assay::test
