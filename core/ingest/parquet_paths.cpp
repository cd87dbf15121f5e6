#include "ingest/parquet_paths.h"

#include <arrow/type.h>
#include <parquet/arrow/schema.h>

namespace assay::ingest {
namespace {

using arrow::Type;
using parquet::arrow::SchemaField;

bool is_list(const arrow::DataType& type) {
  switch (type.id()) {
    case Type::LIST:
    case Type::LARGE_LIST:
    case Type::FIXED_SIZE_LIST:
    case Type::LIST_VIEW:
    case Type::LARGE_LIST_VIEW:
    case Type::MAP:
      return true;
    default:
      return false;
  }
}

void add_leaves(const SchemaField& field, const std::string& path, int top, int lists,
                std::vector<ParquetLeaf>& out) {
  const arrow::DataType& type = *field.field->type();
  if (field.is_leaf())
    return out.push_back({path, top, field.column_index, field.field->type(), lists});
  if (is_list(type)) return add_leaves(field.children.at(0), path, top, lists + 1, out);
  for (const SchemaField& child : field.children)
    add_leaves(child, path + "." + child.field->name(), top, lists, out);
}

}  // namespace

std::vector<ParquetLeaf> leaves_of(const parquet::arrow::FileReader& file, int field) {
  const SchemaField& top = file.manifest().schema_fields[static_cast<size_t>(field)];
  std::vector<ParquetLeaf> out;
  add_leaves(top, top.field->name(), field, 0, out);
  return out;
}

bool is_list_field(const parquet::arrow::FileReader& file, int field) {
  return is_list(*file.manifest().schema_fields[static_cast<size_t>(field)].field->type());
}

}  // namespace assay::ingest
