#include "pipeline/archive_file.h"

#include <ATen/ops/empty.h>

#include <cstring>
#include <vector>

#include "dataset/safetensors.h"
#include "pipeline/dtype.h"

namespace assay::pipeline {
namespace {

constexpr char kText[] = "text.";
constexpr char kTextNames[] = "texts";  // names of the texts, one a line

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
  const dataset::SafetensorsFile file = dataset::SafetensorsFile::open(path);
  Archive archive;
  for (const std::string& name : file.names()) {
    const dataset::TensorView& view = file.tensor(name);
    at::Tensor tensor = at::empty(view.shape, scalar_type(view.dtype));
    if (!view.bytes.empty())
      std::memcpy(tensor.mutable_data_ptr(), view.bytes.data(), view.bytes.size());
    archive.put(name, tensor);
  }
  const std::string names = file.note(kTextNames);
  for (size_t begin = 0; begin < names.size();) {
    const size_t end = names.find('\n', begin);
    const std::string name = names.substr(begin, end - begin);
    archive.put_text(name, file.note(kText + name));
    begin = end + 1;
  }
  return archive;
}

}  // namespace assay::pipeline
