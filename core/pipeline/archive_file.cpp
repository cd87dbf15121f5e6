#include "pipeline/archive_file.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "dataset/safetensors.h"
#include "pipeline/dtype.h"

namespace assay::pipeline {
namespace {

constexpr char kText[] = "text.";
constexpr char kTextNames[] = "texts";  // names of the texts, one a line

/// @param tensor_of  a tensor of what lies in the file
template <typename TensorOf>
Archive archive_of(const dataset::SafetensorsFile& file, const TensorOf& tensor_of) {
  Archive archive;
  for (const std::string& name : file.names()) archive.put(name, tensor_of(file.tensor(name)));
  const std::string names = file.note(kTextNames);
  for (size_t begin = 0; begin < names.size();) {
    const size_t end = names.find('\n', begin);
    const std::string name = names.substr(begin, end - begin);
    archive.put_text(name, file.note(kText + name));
    begin = end + 1;
  }
  return archive;
}

at::Tensor copied(const dataset::TensorView& view) {
  at::Tensor tensor = at::empty(view.shape, scalar_type(view.dtype));
  if (!view.bytes.empty())
    std::memcpy(tensor.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
  return tensor;
}

/// A tensor over the bytes of a file, which it keeps.
at::Tensor laid_over(const dataset::TensorView& view,
                     const std::shared_ptr<const dataset::SafetensorsFile>& file) {
  // Archives are handed out as const; at::from_blob has no const form.
  return at::from_blob(
      const_cast<std::byte*>(view.bytes.data()), view.shape, [file](void*) {},
      at::TensorOptions().dtype(scalar_type(view.dtype)));
}

// LibTorch's own tensors begin at such places, and loops over them may count on it.
bool is_aligned(const dataset::TensorView& view) {
  return reinterpret_cast<uintptr_t>(view.bytes.data()) % 64 == 0;
}

/// Lets a private mapping be written to: pages are copied when they are.
bool make_writable(const dataset::TensorView& view) {
  const auto page = static_cast<uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<uintptr_t>(view.bytes.data()) / page * page;
  const auto end = reinterpret_cast<uintptr_t>(view.bytes.data() + view.bytes.size());
  return ::mprotect(reinterpret_cast<void*>(begin), end - begin, PROT_READ | PROT_WRITE) == 0;
}

std::shared_ptr<const dataset::SafetensorsFile> opened(const std::string& path) {
  return std::make_shared<const dataset::SafetensorsFile>(dataset::SafetensorsFile::open(path));
}

}  // namespace

void write_archive(const Archive& archive, const std::string& path,
                   const std::map<std::string, std::string>& notes) {
  dataset::SafetensorsWriter writer;
  std::vector<at::Tensor> alive;
  for (const auto& [name, tensor] : archive.tensors()) {
    alive.push_back(tensor.detach().cpu().contiguous());
    const at::Tensor& host = alive.back();
    writer.add(name, dataset::TensorView{
                         dtype_name(host.scalar_type()),
                         host.sizes().vec(),
                         {static_cast<const std::byte*>(host.const_data_ptr()), host.nbytes()}});
  }
  std::string names;
  for (const auto& [name, text] : archive.texts()) {
    writer.note(kText + name, text);
    names += name + '\n';
  }
  writer.note(kTextNames, names);
  for (const auto& [key, value] : notes) writer.note(key, value);
  writer.write(path);
}

Archive read_archive(const std::string& path) {
  return archive_of(dataset::SafetensorsFile::open(path), copied);
}

Archive map_archive(const std::string& path) {
  const auto file = opened(path);
  return archive_of(*file, [&](const dataset::TensorView& view) { return laid_over(view, file); });
}

Archive open_archive(const std::string& path, size_t mapped_from) {
  const auto file = opened(path);
  return archive_of(*file, [&](const dataset::TensorView& view) {
    const bool mapped = view.bytes.size() >= mapped_from && is_aligned(view) && make_writable(view);
    return mapped ? laid_over(view, file) : copied(view);
  });
}

}  // namespace assay::pipeline
