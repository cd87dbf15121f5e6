#include "ingest/parquet_texts.h"

#include <cstring>

#include "ingest/parquet_values.h"
#include "ingest/uuid.h"

namespace assay::ingest {
namespace {

using Kind = BatchColumn::Kind;

std::vector<char>& empty_memory_of(BatchColumn& out) {
  if (!out.memory) out.memory = std::make_shared<std::vector<char>>();
  auto& bytes = *static_cast<std::vector<char>*>(out.memory.get());
  bytes.assign(1, '\0');  // so that an empty text has data, unlike a missing one
  return bytes;
}

void remove_missing(BatchColumn& out) {
  for (size_t row = 0; row < out.missing.size(); ++row)
    if (out.missing[row]) out.texts[row] = {};
}

class TextColumn : public ParquetColumnReader {
 public:
  explicit TextColumn(Values<parquet::ByteArrayType> values) : values_(std::move(values)) {}

  void read(int group, int64_t slots, Use use, BatchColumn& out) override {
    values_.go_to(group);
    if (use == Use::id && values_.coded()) return values_.read_codes(slots, out, dictionary);
    std::vector<char>& bytes = empty_memory_of(out);
    stored_.resize(static_cast<size_t>(slots));
    const int64_t rows = values_.read(
        slots, stored_.data(), out.missing,
        [&](const parquet::ByteArray* texts, int64_t count) { keep(texts, count, bytes); });
    stored_.resize(static_cast<size_t>(rows));
    point_to(bytes, stored_, out);
    remove_missing(out);
  }
  const SlotLevels* levels() const override { return values_.levels(); }

 private:
  static std::shared_ptr<const BatchColumn> dictionary(std::span<const parquet::ByteArray> values) {
    auto out = std::make_shared<BatchColumn>();
    std::vector<char>& bytes = empty_memory_of(*out);
    keep(values.data(), std::ssize(values), bytes);
    point_to(bytes, values, *out);
    return out;
  }

  static void point_to(const std::vector<char>& bytes, std::span<const parquet::ByteArray> stored,
                       BatchColumn& out) {
    out.kind = Kind::texts;
    out.texts.resize(stored.size());
    const char* next = bytes.data() + 1;
    for (size_t row = 0; row < stored.size(); ++row) {
      out.texts[row] = {next, stored[row].len};
      next += stored[row].len;
    }
  }

  static void keep(const parquet::ByteArray* texts, int64_t count, std::vector<char>& bytes) {
    size_t size = 0;
    for (int64_t i = 0; i < count; ++i) size += texts[i].len;
    bytes.resize(bytes.size() + size);
    char* to = bytes.data() + bytes.size() - size;
    for (int64_t i = 0; i < count; ++i) {
      if (texts[i].len > 0) std::memcpy(to, texts[i].ptr, texts[i].len);
      to += texts[i].len;
    }
  }

  Values<parquet::ByteArrayType> values_;
  std::vector<parquet::ByteArray> stored_;
};

class UuidColumn : public ParquetColumnReader {
 public:
  explicit UuidColumn(Values<parquet::FLBAType> values) : values_(std::move(values)) {}

  void read(int group, int64_t slots, Use use, BatchColumn& out) override {
    values_.go_to(group);
    if (use == Use::id && values_.coded()) return values_.read_codes(slots, out, dictionary);
    stored_.resize(static_cast<size_t>(slots));
    char* to = room_for(slots, out);
    const int64_t rows = values_.read(
        slots, stored_.data(), out.missing,
        [&](const parquet::FLBA* uuids, int64_t count) { to = write(uuids, count, to); });
    out.texts.resize(static_cast<size_t>(rows));
    remove_missing(out);
  }
  const SlotLevels* levels() const override { return values_.levels(); }

 private:
  static std::shared_ptr<const BatchColumn> dictionary(std::span<const parquet::FLBA> uuids) {
    auto out = std::make_shared<BatchColumn>();
    write(uuids.data(), std::ssize(uuids), room_for(std::ssize(uuids), *out));
    return out;
  }

  // For their texts, which are pointed to before they are there.
  static char* room_for(int64_t rows, BatchColumn& out) {
    std::vector<char>& bytes = empty_memory_of(out);
    bytes.resize(static_cast<size_t>(rows) * kUuidLength);
    out.kind = Kind::texts;
    out.texts.clear();
    for (int64_t row = 0; row < rows; ++row)
      out.texts.emplace_back(bytes.data() + static_cast<size_t>(row) * kUuidLength, kUuidLength);
    return bytes.data();
  }

  // One that is missing points to nothing.
  static char* write(const parquet::FLBA* uuids, int64_t count, char* to) {
    for (int64_t i = 0; i < count; ++i, to += kUuidLength)
      if (uuids[i].ptr) write_uuid(uuids[i].ptr, to);
    return to;
  }

  Values<parquet::FLBAType> values_;
  std::vector<parquet::FLBA> stored_;
};

}  // namespace

std::unique_ptr<ParquetColumnReader> text_column(parquet::ParquetFileReader& file, int column) {
  return std::make_unique<TextColumn>(Values<parquet::ByteArrayType>(file, column));
}

std::unique_ptr<ParquetColumnReader> uuid_column(parquet::ParquetFileReader& file, int column) {
  return std::make_unique<UuidColumn>(Values<parquet::FLBAType>(file, column));
}

}  // namespace assay::ingest
