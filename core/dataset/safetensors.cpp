#include "dataset/safetensors.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <future>
#include <nlohmann/json.hpp>
#include <numeric>

#include "dataset/mapped_file.h"
#include "dataset/preallocated_tensor_file.h"
#include "error/error.h"
#include "hash/hash.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

constexpr size_t kAlignment = 64;             // of the data section, for the widest vector loads
constexpr uint64_t kMaxHeader = 100'000'000;  // the limit of the format's own reader
constexpr const char* kHashKey = "xxh3";
constexpr const char* kMetadata = "__metadata__";

size_t element_size(const std::string& dtype) {
  static const std::map<std::string, size_t> sizes = {
      {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"I16", 2}, {"F16", 2},
      {"BF16", 2}, {"I32", 4}, {"F32", 4}, {"I64", 8}, {"F64", 8}};
  const auto found = sizes.find(dtype);
  return found == sizes.end() ? 0 : found->second;
}

// Hash over the header's meaning (without the hash itself) and the data in the order of the file.
class IntegrityHash {
 public:
  explicit IntegrityHash(json header) {
    header[kMetadata].erase(kHashKey);
    hash_ = hash::fast_hash(header.dump());
  }
  void add(std::span<const std::byte> bytes) { hash_ = hash::fast_hash(bytes, hash_); }
  std::string hex() const { return fmt::format("{:016x}", hash_); }

 private:
  uint64_t hash_ = 0;
};

using NamedTensor = std::pair<std::string, const TensorView*>;

void sort_by_element(std::span<NamedTensor> tensors) {
  std::ranges::stable_sort(tensors, std::ranges::greater(), [](const NamedTensor& tensor) {
    return element_size(tensor.second->dtype);
  });
}

std::vector<NamedTensor> in_file_order(const std::map<std::string, TensorView>& tensors) {
  std::vector<NamedTensor> order;
  for (const auto& [name, tensor] : tensors) order.emplace_back(name, &tensor);
  sort_by_element(order);
  return order;
}

/// The tensors, those first that lie in a room from its start without a gap. None where one lies
/// elsewhere in it, or what comes behind them would not be aligned.
struct Placed {
  std::vector<NamedTensor> order;
  size_t count = 0, bytes = 0;  ///< of those in the room

  Placed(const std::map<std::string, TensorView>& tensors, std::span<const std::byte> room)
      : order(in_file_order(tensors)) {
    const auto lies_in_room = [&](const NamedTensor& tensor) {
      const std::byte* const at = tensor.second->bytes.data();
      return std::less_equal()(room.data(), at) && std::less()(at, room.data() + room.size());
    };
    const auto others = std::ranges::stable_partition(order, lies_in_room);
    count = order.size() - others.size();
    const std::span here(order.data(), count);
    std::ranges::sort(here, {},
                      [](const NamedTensor& tensor) { return tensor.second->bytes.data(); });
    bool fits = true;
    for (const auto& [name, tensor] : here) {
      fits &= tensor->bytes.data() == room.data() + bytes;
      fits &= bytes % element_size(tensor->dtype) == 0;
      bytes += tensor->bytes.size();
    }
    if (!fits || bytes % sizeof(int64_t) != 0) order.clear();
  }
};

json header_of(const std::vector<NamedTensor>& order, const json& metadata) {
  json header = {{kMetadata, metadata}};
  uint64_t offset = 0;
  for (const auto& [name, tensor] : order) {
    const uint64_t end = offset + tensor->bytes.size();
    header[name] = {
        {"dtype", tensor->dtype}, {"shape", tensor->shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  return header;
}

// Length and JSON, with spaces behind it so that the data begins at a multiple of kAlignment, and
// not before `at_least`.
std::string header_bytes(const json& header, size_t at_least = 0) {
  std::string text = header.dump();
  const size_t unpadded = std::max(sizeof(uint64_t) + text.size(), at_least);
  text.resize(unpadded + (kAlignment - unpadded % kAlignment) % kAlignment - sizeof(uint64_t), ' ');
  const uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + text;
}

// A file being written; removed again unless it was finished.
class Output {
 public:
  explicit Output(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wbxe")) {}
  ~Output() {
    if (file_) std::fclose(file_);
    if (!finished_) ::unlink(path_.c_str());
  }
  void write(const void* bytes, size_t size) {
    ok_ = ok_ && file_ && (size == 0 || std::fwrite(bytes, 1, size, file_) == size);
  }
  void rewind() { ok_ = ok_ && file_ && std::fseek(file_, 0, SEEK_SET) == 0; }
  bool finish() {
    ok_ = file_ && std::fclose(std::exchange(file_, nullptr)) == 0 && ok_;
    finished_ = ok_;
    return ok_;
  }

 private:
  std::string path_;
  std::FILE* file_;
  bool ok_ = true;
  bool finished_ = false;
};

}  // namespace

void SafetensorsWriter::add(const std::string& name, TensorView tensor) {
  const int64_t elements = std::accumulate(tensor.shape.begin(), tensor.shape.end(), int64_t{1},
                                           std::multiplies<int64_t>());
  error::require(tensor.bytes.size() == elements * element_size(tensor.dtype),
                 "tensor " + name + " has the bytes of its shape");
  error::require(tensors_.emplace(name, std::move(tensor)).second,
                 "tensor " + name + " is added once");
}

void SafetensorsWriter::add_text(const std::string& name, const std::string& offsets,
                                 const TextView& text) {
  add(name, text.bytes);
  add(offsets, text.offsets);
}

// False where it cannot be done so; nothing is written then.
bool SafetensorsWriter::write_in(PreallocatedTensorFile& file, const std::string& path) const {
  const Placed placed(tensors_, file.taken());
  if (placed.count == 0 || placed.order.empty()) return false;
  json header = header_of(placed.order, metadata_);
  IntegrityHash hash(header);
  for (const auto& [name, tensor] : placed.order) hash.add(tensor->bytes);
  header[kMetadata][kHashKey] = hash.hex();
  const std::string head = header_bytes(header, file.header().size());
  if (head.size() != file.header().size()) return false;
  std::memcpy(file.header().data(), head.data(), head.size());

  std::vector<std::span<const std::byte>> rest;
  for (const auto& [name, tensor] : std::span(placed.order).subspan(placed.count))
    rest.push_back(tensor->bytes);
  const std::string temporary = temporary_beside(path);
  make_parent(path);
  if (!file.finish(placed.bytes, rest, temporary)) return false;
  move_into_place(temporary, path);
  return true;
}

void SafetensorsWriter::write(const std::string& path, PreallocatedTensorFile* file) const {
  if (file && write_in(*file, path)) return;
  const std::vector<NamedTensor> order = in_file_order(tensors_);
  json header = header_of(order, metadata_);
  IntegrityHash hash(header);
  header[kMetadata][kHashKey] = hash.hex();  // as long as the one that takes its place
  std::future<void> hashed = std::async(std::launch::async, [&] {
    for (const auto& [name, tensor] : order) hash.add(tensor->bytes);
  });

  make_parent(path);
  const std::string temporary = temporary_beside(path);
  Output out(temporary);
  const std::string head_room = header_bytes(header);
  out.write(head_room.data(), head_room.size());
  for (const auto& [name, tensor] : order) out.write(tensor->bytes.data(), tensor->bytes.size());
  hashed.get();
  header[kMetadata][kHashKey] = hash.hex();
  const std::string head = header_bytes(header);
  error::require(head.size() == head_room.size(), "the header is as long as its file");
  out.rewind();
  out.write(head.data(), head.size());
  if (!out.finish())
    throw error::UserError(path, "cannot be written: is the disk full, or the folder read-only?");
  move_into_place(temporary, path);
}

struct SafetensorsFile::State {
  std::string path;
  MappedFile file;
  json header;
  std::span<const std::byte> data;
  std::map<std::string, TensorView, std::less<>> tensors;

  [[noreturn]] void damaged(const std::string& why) const {
    throw error::UserError(path, "is damaged: " + why);
  }
  void read_header();
  void read_tensor(const std::string& name, const json& entry);
};

void SafetensorsFile::State::read_header() {
  const std::span<const std::byte> bytes = file.bytes();
  uint64_t length = 0;
  if (bytes.size() < sizeof length) damaged("it is shorter than its header");
  std::memcpy(&length, bytes.data(), sizeof length);
  if (length > kMaxHeader || length > bytes.size() - sizeof length) {
    damaged("it is shorter than its header");
  }
  const std::string_view text = file.text().substr(sizeof length, length);
  header = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) damaged("its header is no JSON object");
  data = bytes.subspan(sizeof length + length);
  try {
    for (const auto& [name, entry] : header.items()) {
      if (name != kMetadata) read_tensor(name, entry);
    }
    if (header.contains(kMetadata)) header[kMetadata].get<std::map<std::string, std::string>>();
  } catch (const json::exception&) {
    damaged("its header holds no tensor table");
  }
}

void SafetensorsFile::State::read_tensor(const std::string& name, const json& entry) {
  TensorView view{
      entry.at("dtype").get<std::string>(), entry.at("shape").get<std::vector<int64_t>>(), {}};
  const auto [begin, end] = entry.at("data_offsets").get<std::pair<uint64_t, uint64_t>>();
  uint64_t elements = 1;
  for (int64_t size : view.shape) {
    if (size < 0 || __builtin_mul_overflow(elements, static_cast<uint64_t>(size), &elements)) {
      damaged("tensor " + name + " has an impossible shape");
    }
  }
  if (begin > end || end > data.size()) damaged("it ends before tensor " + name);
  const size_t element = element_size(view.dtype);
  if (element == 0 || elements > data.size() || elements * element != end - begin ||
      begin % element != 0) {
    damaged("tensor " + name + " does not fit its shape");
  }
  view.bytes = data.subspan(begin, end - begin);
  tensors.emplace(name, std::move(view));
}

SafetensorsFile SafetensorsFile::open(const std::string& path) {
  return of(MappedFile(path), path);
}

SafetensorsFile SafetensorsFile::read(const std::string& path) {
  return of(MappedFile::copy_of(path), path);
}

SafetensorsFile SafetensorsFile::of(MappedFile file, const std::string& path) {
  auto state = std::make_shared<State>();
  state->path = path;
  state->file = std::move(file);
  state->read_header();
  SafetensorsFile out;
  out.state_ = std::move(state);
  return out;
}

const std::string& SafetensorsFile::path() const { return state_->path; }

bool SafetensorsFile::has(std::string_view name) const { return state_->tensors.contains(name); }

const TensorView& SafetensorsFile::tensor(std::string_view name) const {
  const auto found = state_->tensors.find(name);
  if (found == state_->tensors.end()) {
    throw error::InternalError(fmt::format("{} has no tensor {}", state_->path, name));
  }
  return found->second;
}

const TensorView& SafetensorsFile::typed(std::string_view name, const char* dtype) const {
  const TensorView& view = tensor(name);
  error::require(view.dtype == dtype,
                 fmt::format("tensor {} is {}, not {}", name, view.dtype, dtype));
  return view;
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state_->tensors) names.push_back(name);
  return names;
}

std::string SafetensorsFile::note(const std::string& key) const {
  const auto metadata = state_->header.find(kMetadata);
  return metadata == state_->header.end() ? "" : metadata->value(key, std::string());
}

bool SafetensorsFile::intact() const {
  std::vector<const TensorView*> order;
  size_t bytes = 0;
  for (const auto& [name, tensor] : state_->tensors) {
    order.push_back(&tensor);
    bytes += tensor.bytes.size();
  }
  if (bytes != state_->data.size()) return false;
  // Also what a parser skips must be as it was written.
  const size_t header_size = state_->file.bytes().size() - bytes;
  if (!state_->file.text().starts_with(header_bytes(state_->header, header_size))) return false;
  std::ranges::sort(order, {}, [](const TensorView* t) {
    return std::pair(t->bytes.data(), t->bytes.data() + t->bytes.size());
  });
  IntegrityHash hash(state_->header);
  for (const TensorView* tensor : order) hash.add(tensor->bytes);
  return hash.hex() == note(kHashKey);
}

}  // namespace assay::dataset
