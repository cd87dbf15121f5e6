#pragma once

#include <assay/context.h>

#include <cstddef>
#include <map>
#include <string>

namespace assay::pipeline {

/// An Archive as a safetensors file: tensors by name, texts in the header's metadata under
/// `text.<name>`, `notes` beside them. Written beside the path and renamed. Throws UserError where
/// the file cannot be written.
void write_archive(const Archive& archive, const std::string& path,
                   const std::map<std::string, std::string>& notes);

/// Tensors are copied out of the file, onto the CPU. Throws UserError where the file is missing or
/// damaged.
Archive read_archive(const std::string& path);

/// The same without a copy: tensors lie over the mapped file, which stays as long as one of them
/// does. They must not be written to.
Archive map_archive(const std::string& path);

/// From how many bytes on a tensor stays in its file.
inline constexpr size_t kMappedFrom = size_t{64} << 20;

/// As read_archive, for serving: tensors of `mapped_from` bytes and more lie over the mapped file,
/// so that several processes share them. They may be written to all the same: that copies the pages
/// that are written, and leaves the file as it is.
Archive open_archive(const std::string& path, size_t mapped_from = kMappedFrom);

}  // namespace assay::pipeline
