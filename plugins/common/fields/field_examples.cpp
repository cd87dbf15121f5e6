#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <assay/extra/fields/field_examples.h>
#include <assay/extra/interactions/pair_weights.h>

#include <algorithm>
#include <array>
#include <numeric>

namespace assay::extra {
namespace {

template <typename T>
std::vector<T> copied(const at::Tensor& values, at::ScalarType type) {
  const at::Tensor held = values.to(type).contiguous();
  return {held.const_data_ptr<T>(), held.const_data_ptr<T>() + held.numel()};
}

// int64 [B, length], -1 before the first where there are fewer.
at::Tensor latest_items(const RequestBatch& requests, const FieldChoice& choice) {
  return counted_history(requests.history, choice.knowledge.repeats).padded(choice.history_length);
}

void add_names(const char* owner, const FieldCoder& coder, std::vector<std::string>& to) {
  for (const std::string& name : coder.names()) to.push_back(std::string(owner) + name);
}

}  // namespace

FieldExamples FieldSpace::learn(const TrainingView& data, LabelledCandidates& candidates,
                                const ExampleOutcomes& outcomes, const Features& features) {
  std::vector<at::Tensor> histories;
  const RankerExamples read =
      tables_.learn(data, candidates, outcomes, features, [&](const RequestBatch& requests) {
        if (choice_.history_length > 0) histories.push_back(latest_items(requests, choice_));
      });
  item_ = FieldCoder(tables_.items(features), choice_.coding, 0);
  user_ = FieldCoder(tables_.users(features), choice_.coding, item_.end());
  request_ = FieldCoder(read.requests, choice_.coding, user_.end());
  candidate_ = FieldCoder(read.candidates, choice_.coding, request_.end());
  encode_owners(features);
  return {.item = copied<int64_t>(read.item, at::kLong),
          .user = user_rows(read.user),
          .request = copied<int64_t>(read.request, at::kLong),
          .targets = read.label.size(1),
          .label = copied<float>(read.label, at::kFloat),
          .weight = copied<float>(read.weight, at::kFloat),
          .teacher = read.teacher.defined() ? copied<float>(read.teacher, at::kFloat)
                                            : std::vector<float>(),
          .requests = request_.encode(read.requests),
          .candidates = candidate_.encode(read.candidates),
          .history = histories.empty() ? std::vector<int32_t>()
                                       : copied<int32_t>(at::cat(histories), at::kInt)};
}

void FieldSpace::encode_owners(const Features& features) {
  items_ = item_.encode(tables_.items(features));
  users_ = user_.encode(tables_.users(features));
  user_.add_unknown(users_);
}

std::vector<int64_t> FieldSpace::user_rows(const at::Tensor& users) const {
  return copied<int64_t>(users.masked_fill(users < 0, tables_.user_count()), at::kLong);
}

FieldBatch FieldSpace::batch(const FieldExamples& examples, std::span<const int64_t> which) const {
  std::vector<int64_t> item, user, request;
  for (const int64_t row : which) {
    item.push_back(examples.item[row]);
    user.push_back(examples.user[row]);
    request.push_back(examples.request[row]);
  }
  const std::array parts = {FieldPart{&items_, item}, FieldPart{&users_, user},
                            FieldPart{&examples.requests, request},
                            FieldPart{&examples.candidates, which}};
  FieldBatch out{.rows = joined(parts)};
  const int64_t length = choice_.history_length;
  if (length == 0) return out;
  std::vector<int32_t> latest;
  for (const int64_t row : request) {
    const auto from = examples.history.begin() + row * length;
    latest.insert(latest.end(), from, from + length);
  }
  add_history(latest, out);
  return out;
}

FieldBatch FieldSpace::batch(const RequestBatch& requests, const CandidateBatch& candidates,
                             const Features& features) const {
  const int64_t width = candidates.width();
  const FieldCodes of_candidates =
      candidate_.encode(tables_.candidates(requests, candidates, features));
  const FieldCodes of_requests = request_.encode(tables_.requests(requests));
  const auto item = copied<int64_t>(candidates.item.clamp_min(0), at::kLong);
  const std::vector<int64_t> users = user_rows(requests.user);
  std::vector<int64_t> user(item.size()), request(item.size()), candidate(item.size());
  std::iota(candidate.begin(), candidate.end(), 0);
  for (const int64_t row : candidate) {
    request[row] = row / width;
    user[row] = users[request[row]];
  }
  const std::array parts = {FieldPart{&items_, item}, FieldPart{&users_, user},
                            FieldPart{&of_requests, request}, FieldPart{&of_candidates, candidate}};
  FieldBatch out{.rows = joined(parts)};
  if (choice_.history_length == 0) return out;
  const at::Tensor latest = latest_items(requests, choice_).repeat_interleave(width, 0);
  add_history(copied<int32_t>(latest, at::kInt), out);
  return out;
}

void FieldSpace::add_history(std::span<const int32_t> items, FieldBatch& to) const {
  std::vector<int64_t> rows;
  for (const int32_t item : items) {
    rows.push_back(std::max(item, 0));
    to.seen.push_back(item >= 0 ? 1 : 0);
  }
  const std::array parts = {FieldPart{&items_, rows}};
  to.history = joined(parts);
}

int64_t FieldSpace::fields() const {
  return item_.fields() + user_.fields() + request_.fields() + candidate_.fields();
}

std::vector<std::string> FieldSpace::names() const {
  std::vector<std::string> out;
  add_names("item:", item_, out);
  add_names("user:", user_, out);
  add_names("request:", request_, out);
  add_names("", candidate_, out);
  return out;
}

std::vector<std::string> FieldSpace::names_side_by_side() const {
  const std::vector<std::string> all = names();
  std::vector<std::string> singles, bags;
  auto next = all.begin();
  for (const FieldCoder* owner : {&item_, &user_, &request_, &candidate_}) {
    const auto first_bag = next + owner->singles(), end = next + owner->fields();
    singles.insert(singles.end(), next, first_bag);
    bags.insert(bags.end(), first_bag, end);
    next = end;
  }
  singles.insert(singles.end(), bags.begin(), bags.end());
  return singles;
}

void FieldSpace::save(Archive& archive) const {
  tables_.save(archive);
  item_.save(archive, "item.");
  user_.save(archive, "user.");
  request_.save(archive, "request.");
  candidate_.save(archive, "candidate.");
}

void FieldSpace::load(const Archive& archive, const Features& features) {
  tables_.load(archive);
  item_ = FieldCoder::load(archive, "item.");
  user_ = FieldCoder::load(archive, "user.");
  request_ = FieldCoder::load(archive, "request.");
  candidate_ = FieldCoder::load(archive, "candidate.");
  encode_owners(features);
}

}  // namespace assay::extra
