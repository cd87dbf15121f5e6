#include <assay/plugin.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/kernels/requests.h"

namespace assay {
namespace {

using testing::integers;
using testing::ragged;

struct Silent : RecallStrategy {
  void fit(const TrainingView&, FitContext&) override {}
  CandidateBatch recall(const RequestBatch&, int64_t, const ServeContext&) const override {
    return {};
  }
  void save(Archive&) const override {}
  void load(const Archive&, const LoadContext&) override {}
};

template <typename Error, typename Body>
std::string text_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(Archive, GivesBackWhatWasPut) {
  Archive archive;
  archive.put("weights", at::tensor({1, 2}, at::kLong));
  archive.put_text("kind", "cosine");
  archive.put_ragged("rows", ragged({{1, 2}, {}}));
  EXPECT_EQ(integers(archive.tensor("weights")), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(archive.text("kind"), "cosine");
  EXPECT_EQ(archive.ragged("rows").rows(), 2);
  EXPECT_TRUE(archive.has("weights") && archive.has("kind") && archive.has("rows"));
  EXPECT_FALSE(archive.has("row"));
  EXPECT_EQ(archive.tensors().size(), 3u);
}

TEST(Archive, AMissingNameListsWhatIsThere) {
  Archive archive;
  EXPECT_EQ(text_of<std::out_of_range>([&] { archive.tensor("w"); }),
            "the archive has no tensor \"w\"; it holds nothing");
  archive.put("a", at::tensor({1}, at::kLong));
  archive.put("b", at::tensor({1}, at::kLong));
  EXPECT_EQ(text_of<std::out_of_range>([&] { archive.tensor("w"); }),
            "the archive has no tensor \"w\"; it holds a, b");
  EXPECT_EQ(text_of<std::out_of_range>([&] { archive.text("a"); }),
            "the archive has no text \"a\"; it holds nothing");
}

TEST(Archive, ANameGivenTwiceIsRefused) {
  Archive archive;
  archive.put("a", at::tensor({1}, at::kLong));
  EXPECT_EQ(text_of<std::logic_error>([&] { archive.put("a", at::tensor({2}, at::kLong)); }),
            "the archive holds \"a\" already");
  EXPECT_EQ(text_of<std::logic_error>([&] { archive.put("b", at::Tensor()); }),
            "\"b\" is put into an archive but is no tensor yet");
}

TEST(Inputs, AMissingOneSaysWhatToAdd) {
  Inputs inputs;
  inputs.add("teacher", std::make_shared<Silent>());
  EXPECT_TRUE(inputs.has("teacher"));
  EXPECT_NO_THROW(inputs.at("teacher"));
  EXPECT_EQ(text_of<InvalidInput>([&] { inputs.at("vectors"); }),
            "this stage needs the input \"vectors\", and its inputs: names teacher; add inputs: "
            "{vectors: ...} to the stage");
}

TEST(Strategy, WhatAPluginDoesNotSayIsNothing) {
  const Silent silent;
  const ServeContext ctx({});
  EXPECT_FALSE(silent.explain({}, {}, ctx));
  EXPECT_FALSE(silent.action_probability({}, {}, ctx));
  EXPECT_EQ(silent.vectors(), nullptr);
}

}  // namespace
}  // namespace assay
