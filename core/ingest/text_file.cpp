#include "ingest/text_file.h"

#include <arrow/buffer.h>
#include <arrow/io/compressed.h>
#include <arrow/io/file.h>
#include <arrow/util/compression.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "error/error.h"
#include "ingest/text.h"
#include "text/lower_case.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

using arrow::Compression;

constexpr std::string_view kGzip = "\x1F\x8B";
constexpr std::string_view kZstd = "\x28\xB5\x2F\xFD";
constexpr int64_t kChunk = 1 << 20;
constexpr size_t kFirstPiece = 1 << 18;

struct Packing {
  const char* name;
  const char* extension;
  std::string_view magic;
  Compression::type codec;
};

constexpr Packing kPackings[] = {{"gzip", ".gz", kGzip, Compression::GZIP},
                                 {"zstd", ".zst", kZstd, Compression::ZSTD}};

constexpr std::string_view kXz("\xFD\x37zXZ\0", 6);

/// Packings that are not read, by bytes of theirs.
struct Foreign {
  const char* name;
  size_t place;
  std::string_view magic;
};
constexpr Foreign kForeign[] = {
    {"bzip2", 4, "1AY&SY"}, {"xz", 0, kXz}, {"zip", 0, "PK\x03\x04"}, {"7z", 0, "7z\xBC\xAF"}};

constexpr size_t kTarMagicPlace = 257;  // POSIX.1-1988, ustar

// Of the text, unpacked.
void refuse_archive(const std::string& path, std::string_view beginning) {
  for (const auto& [name, place, magic] : kForeign) {
    if (beginning.size() < place || !beginning.substr(place).starts_with(magic)) continue;
    throw error::UserError(path, fmt::format("is compressed with {}; assay reads gzip and zstd: "
                                             "decompress it, or compress it with one of these",
                                             name));
  }
  if (beginning.size() > kTarMagicPlace && beginning.substr(kTarMagicPlace).starts_with("ustar"))
    throw error::UserError(path, "is a tar archive; unpack it and name the file within");
}

const Packing* packing_of(const std::string& path, std::string_view beginning) {
  for (const Packing& packing : kPackings) {
    if (beginning.starts_with(packing.magic)) return &packing;
    if (text::lower_case(path).ends_with(packing.extension)) {
      throw error::UserError(path,
                             fmt::format("is named {}, but its content is not compressed with {}",
                                         packing.extension, packing.name));
    }
  }
  return nullptr;
}

[[noreturn]] void cannot_read(const std::string& path) {
  throw error::UserError(path, fmt::format("cannot be read: {}", std::strerror(errno)));
}

std::shared_ptr<const int> owned(int descriptor) {
  return {new int(descriptor), [](const int* fd) {
            ::close(*fd);
            delete fd;
          }};
}

/// Of a regular file. Throws UserError.
size_t size_of(int descriptor, const std::string& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) cannot_read(path);
  if (!S_ISREG(status.st_mode)) throw error::UserError(path, "is not a regular file");
  return static_cast<size_t>(status.st_size);
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
  return owned(fd);
}

void write(int descriptor, const uint8_t* bytes, int64_t size) {
  while (size > 0) {
    const ssize_t written = ::write(descriptor, bytes, static_cast<size_t>(size));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot_spill(errno);
    bytes += written;
    size -= written;
  }
}

[[noreturn]] void damaged(const std::string& path, const Packing& packing, int64_t done,
                          const arrow::Status& status) {
  throw error::UserError(path, fmt::format("cannot be decompressed: it is damaged or truncated ({} "
                                           "failed after {} bytes of text: {})",
                                           packing.name, done, status.message()));
}

std::shared_ptr<const int> unpack(const std::string& path, const Packing& packing, size_t most) {
  const auto raw = arrow::io::ReadableFile::Open(path);
  if (!raw.ok()) throw error::UserError(path, "cannot be read: " + raw.status().message());
  const auto codec = arrow::util::Codec::Create(packing.codec);
  if (!codec.ok())
    throw error::UserError(path, "cannot be decompressed: " + codec.status().message());
  const auto stream = arrow::io::CompressedInputStream::Make(codec->get(), *raw);
  if (!stream.ok()) damaged(path, packing, 0, stream.status());
  const auto out = unnamed_file();
  for (int64_t done = 0; static_cast<size_t>(done) < most;) {
    const auto chunk = (*stream)->Read(kChunk);
    if (!chunk.ok()) damaged(path, packing, done, chunk.status());
    if ((*chunk)->size() == 0) break;
    write(*out, (*chunk)->data(), (*chunk)->size());
    done += (*chunk)->size();
  }
  return out;
}

}  // namespace

void changed_while_read(const std::string& path) {
  throw error::UserError(path,
                         "changed while it was read; run again when no other process writes to it");
}

TextFile::TextFile(const std::string& path, size_t most) : path_(path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) cannot_read(path);
  file_ = owned(fd);
  size_ = size_of(fd, path);
  const Packing* packing = packing_of(path, beginning(kZstd.size()));
  if (packing) {
    file_ = unpack(path, *packing, most);
    size_ = size_of(*file_, path);
  }
  refuse_archive(path, beginning(kTarMagicPlace + 5));
  size_ = std::min(size_, most);
}

size_t TextFile::read(size_t place, char* to, size_t count) const {
  count = std::min(count, size_ - std::min(place, size_));
  for (size_t done = 0; done < count;) {
    const ssize_t read = ::pread(*file_, to + done, count - done, static_cast<off_t>(place + done));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) cannot_read(path_);
    if (read == 0) changed_while_read(path_);
    done += static_cast<size_t>(read);
  }
  return count;
}

std::string TextFile::beginning(size_t count) const {
  std::string out(std::min(count, size_), '\0');
  read(0, out.data(), out.size());
  return out;
}

TextFile TextFile::without_blank_end() const {
  constexpr std::string_view kBlank = " \t\r\n";
  constexpr size_t kPiece = 1 << 12;
  std::string piece;
  size_t end = size_, last = std::string::npos;  // of the piece; the last byte in it that counts
  while (end > 0 && last == std::string::npos) {
    piece.resize(std::min(end, kPiece));
    end -= piece.size();
    read(end, piece.data(), piece.size());
    last = piece.find_last_not_of(kBlank);
  }
  TextFile out = *this;
  if (last == std::string::npos) {
    out.size_ = 0;
    return out;
  }
  // What follows in its line is blank, and may be empty fields.
  const size_t line = end + last + 1;
  piece.resize(std::min(size_ - line, kPiece));
  read(line, piece.data(), piece.size());
  const size_t line_end = piece.find_first_of("\r\n");
  if (line_end == std::string::npos) return out;
  out.size_ = line + line_end + (piece.compare(line_end, 2, "\r\n") == 0 ? 2 : 1);
  return out;
}

LineReader::LineReader(const TextFile& text)
    : text_(text.without_blank_end()), buffer_(std::clamp<size_t>(text_.size(), 1, kFirstPiece)) {
  if (text_.beginning(text::kByteOrderMark.size()) == text::kByteOrderMark)
    place_ = text::kByteOrderMark.size();
}

// Behind what is still there; a line that is longer than the buffer makes it longer.
bool LineReader::read_more() {
  if (place_ == text_.size()) return false;
  std::copy(buffer_.begin() + static_cast<ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<ptrdiff_t>(end_), buffer_.begin());
  end_ -= begin_;
  begin_ = 0;
  if (end_ == buffer_.size()) buffer_.resize(2 * buffer_.size());
  const size_t read = text_.read(place_, buffer_.data() + end_, buffer_.size() - end_);
  place_ += read;
  end_ += read;
  return true;
}

bool LineReader::next(std::string_view& line) {
  size_t length = 0;  // of the line, as far as it was searched
  const void* found = nullptr;
  do {
    const char* from = buffer_.data() + begin_ + length;
    found = std::memchr(from, '\n', end_ - begin_ - length);
    length = found ? static_cast<size_t>(static_cast<const char*>(found) - buffer_.data()) - begin_
                   : end_ - begin_;
  } while (!found && read_more());
  if (!found && length == 0) return false;
  line = {buffer_.data() + begin_, length};
  begin_ += found ? length + 1 : length;
  if (line.ends_with('\r')) line.remove_suffix(1);
  ++number_;
  return true;
}

std::string unpacked_name(const std::string& path) {
  for (const Packing& packing : kPackings) {
    if (text::lower_case(path).ends_with(packing.extension))
      return path.substr(0, path.size() - std::strlen(packing.extension));
  }
  return path;
}

}  // namespace assay::ingest
