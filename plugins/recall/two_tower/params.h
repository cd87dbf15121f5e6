#pragma once

#include <assay/params.h>

#include <cstdint>

#include "examples.h"
#include "towers.h"

namespace assay::two_tower {

/// As in an experiment file; describe_params() says what they do.
struct Params {
  int64_t factors = 64;
  int64_t layers = 0;
  int64_t hidden = 128;
  bool user_id = true;
  int64_t history_length = 50;
  Similarity similarity = Similarity::cosine;
  double temperature = 0.1;
  bool correction = true;
  int64_t negatives = 0;
  NegativeSource negatives_from = NegativeSource::uniform;
  double id_dropout = 0.1;
  int64_t hash_above = 10000;
  int64_t text_buckets = 4096;
  int64_t batch_size = 1024;
  double learning_rate = 1e-3;
  double lambda = 0;
  double weight_decay = 0;
  int64_t epochs = 50;
  int64_t patience = 0;
  int64_t validate_every = 1;
  Repeats repeats = Repeats::once;
  double initial_deviation = 0.1;
};

void describe_params(ParamList<Params>& p);

/// What they say of the towers.
Settings tower_settings(const Params& params);

}  // namespace assay::two_tower
