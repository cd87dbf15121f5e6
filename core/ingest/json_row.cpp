#include "ingest/json_row.h"

#include <fmt/format.h>
#include <rapidjson/error/en.h>

#include <cmath>
#include <set>
#include <utility>

#include "error/error.h"

namespace assay::ingest {
namespace {

constexpr size_t kRowMemory = size_t{64} << 10;
constexpr size_t kFewKeys = 16;
constexpr double kFirstHuge = 0x1p63;  // from which on an integer may not be one of 64 bits
constexpr unsigned kFlags =
    rapidjson::kParseFullPrecisionFlag | rapidjson::kParseValidateEncodingFlag;

[[noreturn]] void refuse_repeated(std::string_view key, const Origin& origin) {
  throw error::UserError(
      origin.text(),
      fmt::format("has the key {} twice; a row has one value of each", nlohmann::json(key).dump()));
}

// The parser keeps all values of such a key and finds the first.
void refuse_repeated_keys(const JsonValue& object, const Origin& origin) {
  if (object.MemberCount() <= kFewKeys) {
    for (auto one = object.MemberBegin(); one != object.MemberEnd(); ++one)
      for (auto other = object.MemberBegin(); other != one; ++other)
        if (one->name == other->name) refuse_repeated(text_of(one->name), origin);
    return;
  }
  std::set<std::string_view> seen;
  for (const auto& [key, value] : object.GetObject())
    if (!seen.insert(text_of(key)).second) refuse_repeated(text_of(key), origin);
}

void refuse_repeated_keys_within(const JsonValue& value, const Origin& origin) {
  if (value.IsArray()) {
    for (const JsonValue& element : value.GetArray()) refuse_repeated_keys_within(element, origin);
  } else if (value.IsObject()) {
    refuse_repeated_keys(value, origin);
    for (const auto& [key, inner] : value.GetObject()) refuse_repeated_keys_within(inner, origin);
  }
}

// Whether the parser may have made a rounded number of an integer that 64 bits do not hold.
bool holds_huge(const JsonValue& value) {
  if (value.IsArray()) {
    for (const JsonValue& element : value.GetArray())
      if (holds_huge(element)) return true;
    return false;
  }
  if (value.IsObject()) {
    for (const auto& [key, inner] : value.GetObject())
      if (holds_huge(inner)) return true;
    return false;
  }
  return value.IsDouble() && std::abs(value.GetDouble()) >= kFirstHuge;
}

bool add_keys(const JsonValue& value, std::string_view name, JsonPath& keys) {
  if (value.IsArray()) {
    for (const JsonValue& element : value.GetArray())
      if (add_keys(element, name, keys)) return true;
    return false;
  }
  if (!value.IsObject()) return false;
  for (size_t end = name.find('.');; end = name.find('.', end + 1)) {
    const std::string key(name.substr(0, end));
    if (const auto found = value.FindMember(key); found != value.MemberEnd()) {
      keys.push_back(key);
      if (end == std::string_view::npos || add_keys(found->value, name.substr(end + 1), keys))
        return true;
      keys.pop_back();
    }
    if (end == std::string_view::npos) return false;
  }
}

// Of an object; null where it has no such key.
const JsonValue* member(const JsonValue& object, const std::string& key, size_t& place) {
  const auto first = object.MemberBegin();
  if (place < object.MemberCount() && text_of(first[static_cast<ptrdiff_t>(place)].name) == key)
    return &first[static_cast<ptrdiff_t>(place)].value;
  const auto found = object.FindMember(key);
  if (found == object.MemberEnd()) return nullptr;
  place = static_cast<size_t>(found - first);
  return &found->value;
}

}  // namespace

JsonRowParser::JsonRowParser(const char* expected)
    : expected_(expected), memory_(new char[kRowMemory]), allocator_(memory_.get(), kRowMemory) {
  document_.emplace(&allocator_);
}

const JsonValue& JsonRowParser::parse_again(std::string_view line) {
  document_->SetNull();
  allocator_.Clear();
  return document_->Parse<kFlags>(line.data(), line.size());
}

const JsonValue& JsonRowParser::parse(std::string_view line, const Origin& origin) {
  const JsonValue& value = parse_again(line);
  if (!document_->HasParseError() && holds_huge(value)) parse_again(huge_in_quotes(line));
  if (document_->HasParseError() || !value.IsObject()) {
    // What is wrong is said as for other JSON.
    (void)parsed_json(line, origin.text(), expected_);
    throw error::UserError(
        origin.text(),
        fmt::format("is not JSON: {}", rapidjson::GetParseError_En(document_->GetParseError())));
  }
  refuse_repeated_keys_within(value, origin);
  return value;
}

Cell as_cell(const JsonValue& value, CellStore& lists) {
  using Kind = Cell::Kind;
  if (value.IsString()) return {Kind::text, text_of(value)};
  if (value.IsInt64()) return {Kind::integer, {}, value.GetInt64()};
  if (value.IsUint64()) return {Kind::large, {}, static_cast<int64_t>(value.GetUint64())};
  if (value.IsNumber()) return {Kind::number, {}, 0, value.GetDouble()};
  if (value.IsBool()) return {Kind::boolean, {}, value.GetBool() ? 1 : 0};
  if (value.IsObject()) return {Kind::other, "a map"};
  if (!value.IsArray()) return {};
  std::vector<Cell> elements;
  for (const JsonValue& element : value.GetArray()) elements.push_back(as_cell(element, lists));
  lists.push_back(std::move(elements));
  return {Kind::list, {}, 0, 0, lists.back()};
}

JsonFound find_in(const JsonValue& value, std::span<const std::string> keys, size_t* places) {
  const JsonValue* at = &value;
  for (; !keys.empty() && !at->IsArray(); keys = keys.subspan(1), ++places) {
    if (!at->IsObject()) return {};
    at = member(*at, keys.front(), *places);
    if (at == nullptr) return {};
  }
  return {at, keys};
}

std::optional<JsonPath> path_to(const JsonValue& object, std::string_view name) {
  JsonPath keys;
  return add_keys(object, name, keys) ? std::optional(std::move(keys)) : std::nullopt;
}

}  // namespace assay::ingest
