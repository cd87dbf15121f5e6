#include "ingest/text_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "error/error.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

constexpr size_t kFirstPiece = 1 << 18;

[[noreturn]] void cannot_read(const std::string& path) {
  throw error::UserError(path, fmt::format("cannot be read: {}", std::strerror(errno)));
}

/// Of a regular file. Throws UserError.
size_t size_of(int descriptor, const std::string& path) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) cannot_read(path);
  if (!S_ISREG(status.st_mode)) throw error::UserError(path, "is not a regular file");
  return static_cast<size_t>(status.st_size);
}

}  // namespace

void changed_while_read(const std::string& path) {
  throw error::UserError(path,
                         "changed while it was read; run again when no other process writes to it");
}

TextFile TextFile::raw(const std::string& path) {
  TextFile out;
  out.path_ = path;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) cannot_read(path);
  out.file_ = owned_descriptor(fd);
  out.size_ = size_of(fd, path);
  return out;
}

TextFile::TextFile(const std::string& path, size_t most) : TextFile(raw(path)) {
  if (const Packing* packing = packing_of(path, beginning(kPackingBytes))) {
    file_ = unpacked(path, *packing, most);
    size_ = size_of(*file_, path);
  }
  refuse_archive(path, beginning(kArchiveBytes));
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

}  // namespace assay::ingest
