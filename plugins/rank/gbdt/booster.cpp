#include "booster.h"

#include <assay/error.h>
#include <xgboost/c_api.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace assay::gbdt {
namespace {

void expect_done(int code) {
  if (code != 0) throw std::runtime_error(std::string("XGBoost: ") + XGBGetLastError());
}

std::shared_ptr<void> owned(void* handle, int (*free)(void*)) {
  return {handle, [free](void* held) { free(held); }};
}

std::string linked_version() {
  int major = 0, minor = 0, patch = 0;
  XGBoostVersion(&major, &minor, &patch);
  return std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
}

// The numbers between the brackets, with points; empty where it names none.
std::string written_version(const std::string& model) {
  static constexpr char kKey[] = "\"version\":[";
  const size_t key = model.rfind(kKey);
  if (model.empty() || model.front() != '{' || key == std::string::npos) return "";
  const size_t from = key + sizeof kKey - 1, end = model.find(']', from);
  if (end == std::string::npos) return "";
  std::string version = model.substr(from, end - from);
  for (char& letter : version)
    if (letter == ',') letter = '.';
  return version;
}

int major_of(const std::string& version) {
  int major = -1;
  std::from_chars(version.data(), version.data() + version.size(), major);
  return major;
}

}  // namespace

Matrix::Matrix(std::span<const float> values, int64_t columns) {
  void* handle = nullptr;
  const auto rows = static_cast<bst_ulong>(std::ssize(values) / columns);
  expect_done(XGDMatrixCreateFromMat(values.data(), rows, static_cast<bst_ulong>(columns),
                                     std::numeric_limits<float>::quiet_NaN(), &handle));
  handle_ = owned(handle, XGDMatrixFree);
}

void Matrix::set_labels(std::span<const float> labels) {
  expect_done(XGDMatrixSetFloatInfo(handle_.get(), "label", labels.data(), labels.size()));
}
void Matrix::set_weights(std::span<const float> weights) {
  expect_done(XGDMatrixSetFloatInfo(handle_.get(), "weight", weights.data(), weights.size()));
}
void Matrix::set_groups(std::span<const uint32_t> sizes) {
  expect_done(XGDMatrixSetUIntInfo(handle_.get(), "group", sizes.data(), sizes.size()));
}

Booster::Booster(void* handle) : handle_(owned(handle, XGBoosterFree)) {}

Booster::Booster(const Matrix& matrix) {
  void* handle = nullptr;
  DMatrixHandle known[] = {matrix.handle()};
  expect_done(XGBoosterCreate(known, 1, &handle));
  handle_ = owned(handle, XGBoosterFree);
  set("verbosity", "0");
  set("nthread", "1");
}

Booster Booster::read(std::span<const uint8_t> bytes) {
  void* handle = nullptr;
  expect_done(XGBoosterCreate(nullptr, 0, &handle));
  Booster out(handle);
  out.set("verbosity", "0");
  out.set("nthread", "1");
  expect_done(XGBoosterLoadModelFromBuffer(handle, bytes.data(), bytes.size()));
  return out;
}

Booster Booster::of_file(const std::string& path) {
  const std::vector<uint8_t> bytes = read_model_file(path);
  try {
    return read(bytes);
  } catch (const std::runtime_error& problem) {
    throw InvalidInput("gbdt: " + path + " says that XGBoost wrote it, and cannot be read (" +
                       problem.what() + "); write it again with save_model(\"model.json\").");
  }
}

void Booster::set(const std::string& name, const std::string& value) {
  expect_done(XGBoosterSetParam(handle_.get(), name.c_str(), value.c_str()));
}

void Booster::add_tree(int64_t number, const Matrix& matrix) {
  expect_done(XGBoosterUpdateOneIter(handle_.get(), static_cast<int>(number), matrix.handle()));
}

int64_t Booster::trees() const {
  int count = 0;
  expect_done(XGBoosterBoostedRounds(handle_.get(), &count));
  return count;
}

int64_t Booster::columns() const {
  bst_ulong count = 0;
  expect_done(XGBoosterGetNumFeature(handle_.get(), &count));
  return static_cast<int64_t>(count);
}

Booster Booster::first(int64_t trees) const {
  void* handle = nullptr;
  expect_done(XGBoosterSlice(handle_.get(), 0, static_cast<int>(trees), 1, &handle));
  return Booster(handle);
}

std::vector<float> Booster::sums(std::span<const float> values, int64_t columns) const {
  if (values.empty()) return {};
  const int64_t rows = std::ssize(values) / columns;
  const std::string matrix = R"({"data":[)" +
                             std::to_string(reinterpret_cast<uintptr_t>(values.data())) +
                             R"(,true],"shape":[)" + std::to_string(rows) + ',' +
                             std::to_string(columns) + R"(],"typestr":"<f4","version":3})";
  static constexpr char kMargins[] =
      R"({"type":1,"training":false,"iteration_begin":0,"iteration_end":0,)"
      R"("strict_shape":false,"missing":NaN,"cache_id":0})";
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* out = nullptr;
  expect_done(XGBoosterPredictFromDense(handle_.get(), matrix.c_str(), kMargins, nullptr, &shape,
                                        &dimensions, &out));
  return {out, out + rows};
}

// Prediction from plain memory gives sums only.
std::vector<float> Booster::contributions(std::span<const float> values, int64_t columns) const {
  if (values.empty()) return {};
  static constexpr char kContributions[] =
      R"({"type":2,"training":false,"iteration_begin":0,"iteration_end":0,"strict_shape":false})";
  const Matrix matrix(values, columns);
  const bst_ulong* shape = nullptr;
  bst_ulong dimensions = 0;
  const float* out = nullptr;
  expect_done(XGBoosterPredictFromDMatrix(handle_.get(), matrix.handle(), kContributions, &shape,
                                          &dimensions, &out));
  return {out, out + std::ssize(values) / columns * (columns + 1)};
}

std::vector<uint8_t> Booster::bytes() const {
  bst_ulong size = 0;
  const char* data = nullptr;
  expect_done(XGBoosterSaveModelToBuffer(handle_.get(), R"({"format":"ubj"})", &size, &data));
  return {data, data + size};
}

std::vector<uint8_t> read_model_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string model{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string version = written_version(model), linked = linked_version();
  if (version.empty()) {
    throw InvalidInput("gbdt: " + path +
                       " is no model that XGBoost wrote as JSON; write it with "
                       "save_model(\"model.json\").");
  }
  if (major_of(version) != major_of(linked)) {
    throw InvalidInput(
        "gbdt: " + path + " was written by XGBoost " + version + ", and this gbdt is linked with " +
        linked +
        ", which would read it without an error and predict with another base_score; "
        "train it with xgboost " +
        std::to_string(major_of(linked)) + ".x.");
  }
  return {model.begin(), model.end()};
}

}  // namespace assay::gbdt
