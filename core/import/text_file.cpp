#include "import/text_file.h"

#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/io/memory.h>
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "error/error.h"

namespace assay {
namespace {

namespace fs = std::filesystem;
using arrow::Compression;

constexpr std::string_view kGzip = "\x1F\x8B";
constexpr std::string_view kZstd = "\x28\xB5\x2F\xFD";
constexpr int64_t kChunk = 1 << 20;

struct Packing {
  const char* name;
  const char* extension;
  std::string_view magic;
  Compression::type codec;
};

constexpr Packing kPackings[] = {{"gzip", ".gz", kGzip, Compression::GZIP},
                                 {"zstd", ".zst", kZstd, Compression::ZSTD}};

const Packing* packing_of(const std::string& path, std::string_view text) {
  for (const Packing& packing : kPackings) {
    if (text.starts_with(packing.magic)) return &packing;
    if (path.ends_with(packing.extension)) {
      throw UserError(path, fmt::format("is named {}, but what it holds is not packed with {}",
                                        packing.extension, packing.name));
    }
  }
  return nullptr;
}

/// A file that has no name after it was opened, and is gone with its mapping.
class TemporaryFile {
 public:
  TemporaryFile() : path_((fs::temp_directory_path() / "assay_unpacked_XXXXXX").string()) {
    fd_ = ::mkstemp(path_.data());
    if (fd_ < 0) throw UserError(path_, fmt::format("cannot be made: {}", std::strerror(errno)));
  }
  ~TemporaryFile() {
    ::close(fd_);
    ::unlink(path_.c_str());
  }
  void write(const uint8_t* bytes, int64_t size) {
    while (size > 0) {
      const ssize_t written = ::write(fd_, bytes, static_cast<size_t>(size));
      if (written < 0) {
        throw UserError(path_, fmt::format("cannot be written: {}; TMPDIR names another folder",
                                           std::strerror(errno)));
      }
      bytes += written;
      size -= written;
    }
  }
  MappedFile map() const { return MappedFile(path_); }

 private:
  std::string path_;
  int fd_;
};

[[noreturn]] void damaged(const std::string& path, const Packing& packing, int64_t done,
                          const arrow::Status& status) {
  throw UserError(path, fmt::format("cannot be unpacked: it is damaged or cut off ({} failed after "
                                    "{} bytes of text: {})",
                                    packing.name, done, status.message()));
}

MappedFile unpack(const std::string& path, const MappedFile& packed, const Packing& packing) {
  const auto bytes = packed.bytes();
  auto raw = std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(
      reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int64_t>(bytes.size())));
  const auto codec = arrow::util::Codec::Create(packing.codec);
  if (!codec.ok()) throw UserError(path, "cannot be unpacked: " + codec.status().message());
  const auto stream = arrow::io::CompressedInputStream::Make(codec->get(), raw);
  if (!stream.ok()) damaged(path, packing, 0, stream.status());
  TemporaryFile out;
  for (int64_t done = 0;;) {
    const auto chunk = (*stream)->Read(kChunk);
    if (!chunk.ok()) damaged(path, packing, done, chunk.status());
    if ((*chunk)->size() == 0) return out.map();
    out.write((*chunk)->data(), (*chunk)->size());
    done += (*chunk)->size();
  }
}

}  // namespace

MappedFile open_text(const std::string& path) {
  const MappedFile file(path);
  const Packing* packing = packing_of(path, file.text());
  return packing ? unpack(path, file, *packing) : file;
}

std::string unpacked_name(const std::string& path) {
  for (const Packing& packing : kPackings) {
    if (path.ends_with(packing.extension))
      return path.substr(0, path.size() - std::strlen(packing.extension));
  }
  return path;
}

}  // namespace assay
