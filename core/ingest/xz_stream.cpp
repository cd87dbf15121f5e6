#include "ingest/xz_stream.h"

#include <lzma.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace assay::ingest {
namespace {

constexpr size_t kPiece = 1 << 16;
constexpr uint64_t kMostMemory = uint64_t{1} << 30;  // xz -9 needs 65 MiB

std::string reason(lzma_ret code) {
  switch (code) {
    case LZMA_BUF_ERROR:
      return "Truncated compressed stream";
    case LZMA_DATA_ERROR:
      return "corrupt data";
    case LZMA_FORMAT_ERROR:
      return "what follows the first stream is not xz";
    case LZMA_MEMLIMIT_ERROR:
      return "its dictionary takes more than 1 GiB of memory; compress it with xz -9 or less";
    case LZMA_MEM_ERROR:
      return "not enough memory";
    default:
      return "an option that liblzma does not know";
  }
}

}  // namespace

struct XzStream::State {
  int descriptor = -1;
  lzma_stream stream = LZMA_STREAM_INIT;
  std::array<uint8_t, kPiece> piece{};
  bool at_end_of_file = false;
  bool finished = false;

  void read_piece() {
    ssize_t bytes = -1;
    do {
      bytes = ::read(descriptor, piece.data(), piece.size());
    } while (bytes < 0 && errno == EINTR);
    if (bytes < 0) throw std::string(std::strerror(errno));
    at_end_of_file = bytes == 0;
    stream.next_in = piece.data();
    stream.avail_in = static_cast<size_t>(bytes);
  }
};

XzStream::XzStream(int descriptor) : state_(std::make_unique<State>()) {
  state_->descriptor = descriptor;
  const lzma_ret code = lzma_stream_decoder(&state_->stream, kMostMemory, LZMA_CONCATENATED);
  if (code != LZMA_OK) throw reason(code);
}

XzStream::~XzStream() { lzma_end(&state_->stream); }

size_t XzStream::read(uint8_t* to, size_t count) {
  lzma_stream& stream = state_->stream;
  stream.next_out = to;
  stream.avail_out = count;
  while (stream.avail_out > 0 && !state_->finished) {
    if (stream.avail_in == 0 && !state_->at_end_of_file) state_->read_piece();
    const lzma_ret code = lzma_code(&stream, state_->at_end_of_file ? LZMA_FINISH : LZMA_RUN);
    state_->finished = code == LZMA_STREAM_END;
    if (code != LZMA_OK && code != LZMA_STREAM_END) throw reason(code);
  }
  return count - stream.avail_out;
}

}  // namespace assay::ingest
