#pragma once

/// The formats in which known tables of logged rows are published, so that their files are read as
/// they are downloaded. What the file of the experiment says replaces what is here.
///
/// | format      | files | request, time, position, propensity | labels | context |
/// | open_bandit | all.csv, men.csv or women.csv | a row, timestamp, position, propensity_score |
///                 click | user_feature_*, user-item_affinity_* |
/// | mind        | behaviors.tsv | impression_id, time (no zone: UTC), -, - | click | - |
/// | criteo      | train.txt | a row, order of the file, -, - | click | I1-I13, C1-C26 |
/// | avazu       | train.csv, train | id, hour (YYMMDDHH, UTC), banner_pos, - | click | the others |
/// | simulator   | a file that assay made | request, time, position, propensity | click | - |
/// | kuairand    | log_*.csv | a row, time_ms, -, - | click, like, follow, comment, forward, hate,
///                 long_view | tab, is_rand, duration_ms |
///
/// The columns are those of: Open Bandit Dataset (obp 0.5.7, obp/dataset/real.py); MIND
/// (msnews.github.io, assets/doc/introduction.md); the readme of the Display Advertising Challenge
/// (Criteo, 2014); "Data fields" of Kaggle's avazu-ctr-prediction (2014); kuairand.com (KuaiRand,
/// 2022). criteo and avazu have no item ids: item_from says what an item is.

#include <memory>
#include <string>
#include <vector>

#include "ingest/named_features.h"
#include "ingest/source_files.h"
#include "ingest/table.h"
#include "task/experiment.h"

namespace assay::ingest {

/// Names of these formats.
const std::vector<std::string>& named_impressions();
bool is_named_impressions(const std::string& format);

/// What a named format says where `spec` says nothing; `spec` itself for another format. `spec.path`
/// must be there.
task::ImpressionsSpec with_named_format(task::ImpressionsSpec spec);

/// The files of a named format below a folder, or the file.
/// Throws UserError where the folder holds none; it says what it holds.
std::vector<SourceFile> named_impression_files(const task::ImpressionsSpec& spec);

/// The features of items that come with the format: item_context.csv of open_bandit, where it stands
/// beside the rows.
std::vector<NamedFeatures> features_beside(const task::ImpressionsSpec& spec);

/// Opens a file of a named format. Throws UserError where it is another one.
std::unique_ptr<Table> open_named_impressions(const std::string& path,
                                              const task::ImpressionsSpec& spec);

/// mind_table.cpp: a line is a request, whose last field is its rows ("N1-0 N2-1"): one row of the
/// table each, with the columns impression_id, user_id, time, item and clicked. What the user
/// clicked before stands in the line too; it is no row.
std::unique_ptr<Table> open_mind(const std::string& path);

}  // namespace assay::ingest
