#include "ingest/unpacking.h"

#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <vector>

#include "error/error.h"
#include "ingest/xz_stream.h"
#include "text/lower_case.h"

namespace assay::ingest {

using arrow::Compression;

struct Packing {
  const char* name;
  const char* extension;
  std::string_view magic;
  std::optional<Compression::type> codec;  ///< Arrow's; it has none for xz
};

namespace {

constexpr std::string_view kXz("\xFD\x37zXZ\0", 6);
constexpr std::string_view kBzip2 = "BZh";

constexpr Packing kPackings[] = {{"gzip", ".gz", "\x1F\x8B", Compression::GZIP},
                                 {"bzip2", ".bz2", kBzip2, Compression::BZ2},
                                 {"xz", ".xz", kXz, std::nullopt},
                                 {"zstd", ".zst", "\x28\xB5\x2F\xFD", Compression::ZSTD}};

/// Packings that are not read.
struct Foreign {
  const char* name;
  std::string_view magic;
};
constexpr Foreign kForeign[] = {{"zip", "PK\x03\x04"}, {"7z", "7z\xBC\xAF"}};

constexpr std::string_view kTar = "ustar";
constexpr size_t kTarMagicPlace = 257;  // POSIX.1-1988, ustar
static_assert(kTarMagicPlace + kTar.size() == kArchiveBytes);

constexpr size_t kChunk = 1 << 20;

// A text may begin with BZh; after it bzip2 writes its block size and, as decimals of pi or of its
// square root, what begins a block or ends the stream.
bool is_bzip2(std::string_view beginning) {
  if (beginning.size() < kPackingBytes || beginning[3] < '1' || beginning[3] > '9') return false;
  const std::string_view mark = beginning.substr(4, 6);
  return mark == "\x31\x41\x59\x26\x53\x59" || mark == "\x17\x72\x45\x38\x50\x90";
}

std::string temporary_folder() {
  const char* named = std::getenv("TMPDIR");
  return named && *named ? named : "/tmp";
}

[[noreturn]] void cannot_spill(int error) {
  throw error::UserError(
      temporary_folder(),
      fmt::format(
          "cannot hold the temporary file for decompressed text: {}; set TMPDIR to another folder",
          std::strerror(error)));
}

/// A file that has no name after it was opened.
std::shared_ptr<const int> unnamed_file() {
  std::string path = temporary_folder() + "/assay_unpacked_XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0) cannot_spill(errno);
  ::unlink(path.c_str());
  return owned_descriptor(fd);
}

void write(int descriptor, const uint8_t* bytes, size_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, bytes, size);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot_spill(errno);
    bytes += written;
    size -= static_cast<size_t>(written);
  }
}

/// Fills a buffer with what comes next; 0 at the end. Throws std::string: why it cannot.
using Stream = std::function<size_t(uint8_t* to, size_t count)>;

template <typename Value>
Value taken(arrow::Result<Value> result) {
  if (!result.ok()) throw result.status().message();
  return std::move(result).ValueUnsafe();
}

Stream by_arrow(const std::string& path, Compression::type type) {
  const std::shared_ptr<arrow::util::Codec> codec = taken(arrow::util::Codec::Create(type));
  const std::shared_ptr<arrow::io::InputStream> raw = taken(arrow::io::ReadableFile::Open(path));
  const auto stream = taken(arrow::io::CompressedInputStream::Make(codec.get(), raw));
  return [codec, stream](uint8_t* to, size_t count) {
    return static_cast<size_t>(taken(stream->Read(static_cast<int64_t>(count), to)));
  };
}

Stream by_liblzma(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw std::string(std::strerror(errno));
  const auto file = owned_descriptor(fd);
  const auto stream = std::make_shared<XzStream>(fd);
  return [file, stream](uint8_t* to, size_t count) { return stream->read(to, count); };
}

}  // namespace

const Packing* packing_of(const std::string& path, std::string_view beginning) {
  for (const Packing& packing : kPackings) {
    const bool begins =
        packing.magic == kBzip2 ? is_bzip2(beginning) : beginning.starts_with(packing.magic);
    if (begins) return &packing;
    if (text::lower_case(path).ends_with(packing.extension)) {
      throw error::UserError(path,
                             fmt::format("is named {}, but its content is not compressed with {}",
                                         packing.extension, packing.name));
    }
  }
  return nullptr;
}

void refuse_archive(const std::string& path, std::string_view beginning) {
  for (const auto& [name, magic] : kForeign) {
    if (!beginning.starts_with(magic)) continue;
    throw error::UserError(path, fmt::format("is compressed with {}; assay reads gzip, bzip2, xz "
                                             "and zstd: decompress it, or compress it with one of "
                                             "these",
                                             name));
  }
  if (beginning.size() >= kArchiveBytes && beginning.substr(kTarMagicPlace).starts_with(kTar))
    throw error::UserError(path, "is a tar archive; unpack it and name the file within");
}

std::shared_ptr<const int> unpacked(const std::string& path, const Packing& packing, size_t most) {
  const auto out = unnamed_file();
  std::vector<uint8_t> chunk(kChunk);
  size_t done = 0;
  try {
    const Stream stream = packing.codec ? by_arrow(path, *packing.codec) : by_liblzma(path);
    while (done < most) {
      const size_t size = stream(chunk.data(), chunk.size());
      if (size == 0) break;
      write(*out, chunk.data(), size);
      done += size;
    }
  } catch (const std::string& why) {
    throw error::UserError(path,
                           fmt::format("cannot be decompressed: it is damaged or truncated ({} "
                                       "failed after {} bytes of text: {})",
                                       packing.name, done, why));
  }
  return out;
}

std::shared_ptr<const int> owned_descriptor(int descriptor) {
  return {new int(descriptor), [](const int* fd) {
            ::close(*fd);
            delete fd;
          }};
}

std::string unpacked_name(const std::string& path) {
  for (const Packing& packing : kPackings) {
    if (text::lower_case(path).ends_with(packing.extension))
      return path.substr(0, path.size() - std::strlen(packing.extension));
  }
  return path;
}

}  // namespace assay::ingest
