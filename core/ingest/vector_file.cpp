#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "error/error.h"
#include "ingest/feature_files.h"
#include "ingest/text.h"
#include "ingest/text_file.h"
#include "ingest/vector_matrix.h"

namespace assay::ingest {
namespace {

void add_row(const VectorMatrix& matrix, int64_t row, FeatureBuilder& to, const Origin& origin) {
  std::vector<Cell> elements;
  for (int64_t i = 0; i < matrix.width(); ++i)
    elements.push_back({Cell::Kind::number, {}, 0, matrix.at(row, i)});
  to.add(Cell{Cell::Kind::list, {}, 0, 0, elements}, origin);
}

// One id a line, as many as rows.
void read_by_ids(const VectorMatrix& matrix, const task::FeatureFileSpec& spec, FeatureRows& rows) {
  LineReader lines{TextFile(spec.id)};
  std::string_view id;
  int64_t row = 0;
  for (; lines.next(id); ++row) {
    const Origin origin{spec.id, lines.number()};
    if (row >= matrix.rows()) {
      throw error::UserError(origin.text(), fmt::format("{} has no vector: {} holds {} rows",
                                                        in_quotes(id), spec.path, matrix.rows()));
    }
    rows.begin(id, origin);
    add_row(matrix, row, rows.columns.front(), {spec.path, row, "row"});
  }
  if (row == matrix.rows()) return;
  throw error::UserError(spec.path,
                         fmt::format("holds {} rows, but {} names {} ids: row {} (from 0) has "
                                     "no id",
                                     matrix.rows(), spec.id, row, row));
}

void read_by_row(const VectorMatrix& matrix, const task::FeatureFileSpec& spec,
                 dataset::Interner& ids, FeatureRows& rows) {
  const dataset::TextColumn known = ids.texts();  // begin() looks ids up while we walk
  for (int64_t i = 0; i < known.size(); ++i) {
    const std::optional<int64_t> row = dataset::as_integer(known[i]);
    if (!row || *row < 0 || *row >= matrix.rows()) {
      throw error::UserError(spec.path,
                             fmt::format("has no row for the {} {}: it has rows 0 to {}; name a "
                                         "file with one id per line as features.id",
                                         spec.of, in_quotes(known[i]), matrix.rows() - 1));
    }
    const Origin origin{spec.path, *row, "row"};
    rows.begin(known[i], origin);
    add_row(matrix, *row, rows.columns.front(), origin);
  }
}

}  // namespace

bool is_vector_format(const std::string& format) {
  return std::ranges::count(vector_formats(), format) > 0;
}

FeatureRows read_vector_file(const task::FeatureFileSpec& spec, dataset::Interner& ids,
                             const dataset::Pseudonyms* pseudonyms) {
  if (pseudonyms != nullptr && spec.id.empty())
    throw error::UserError(spec.path,
                           "has vectors without ids, and rows do not tell which pseudonym they are "
                           "of; name a file with one id per line as features.id");
  const std::string& name = spec.columns.begin()->first;
  const VectorMatrix matrix = VectorMatrix::open(spec.path, spec.format, name);
  FeatureRows rows(ids, "the id");
  if (pseudonyms != nullptr) rows.name_ids_by(*pseudonyms, spec.of);
  rows.columns.emplace_back(name, "vector");
  if (spec.id.empty())
    read_by_row(matrix, spec, ids, rows);
  else
    read_by_ids(matrix, spec, rows);
  return rows;
}

}  // namespace assay::ingest
