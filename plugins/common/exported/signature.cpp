#include <assay/error.h>
#include <assay/extra/exported/signature.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <sstream>
#include <utility>

namespace assay::extra {
namespace {

constexpr const char* kFirstLine = "assay 1";
constexpr std::array kTypes = {std::pair{"int64", at::kLong}, std::pair{"int32", at::kInt},
                               std::pair{"float32", at::kFloat}, std::pair{"float64", at::kDouble},
                               std::pair{"bool", at::kBool}};

bool is_number(const std::string& text) {
  return !text.empty() && text.size() < 19 && text != "0" &&
         std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
}
bool is_letter(const std::string& text) {
  return text.size() == 1 && std::isupper(static_cast<unsigned char>(text[0])) != 0;
}

std::optional<TensorSpec> read_tensor(std::string line) {
  std::ranges::replace(line, ',', ' ');
  const size_t open = line.find('['), close = line.find(']');
  if (open == std::string::npos || close != line.size() - 1 || close < open) return std::nullopt;
  std::istringstream before(line.substr(0, open)), within(line.substr(open + 1, close - open - 1));
  TensorSpec out;
  std::string type, more;
  if (!(before >> out.name >> type) || before >> more) return std::nullopt;
  const auto known =
      std::ranges::find_if(kTypes, [&](const auto& one) { return type == one.first; });
  if (known == kTypes.end()) return std::nullopt;
  out.dtype = known->second;
  for (std::string size; within >> size; out.sizes.push_back(size))
    if (!is_number(size) && !is_letter(size)) return std::nullopt;
  return out;
}

bool fits(const TensorSpec& found, const TensorSpec& offered) {
  if (found.dtype != offered.dtype || found.sizes.size() != offered.sizes.size()) return false;
  for (size_t n = 0; n < found.sizes.size(); ++n) {
    const bool open = offered.sizes[n] == "B" || offered.sizes[n] == "K";
    if (open ? found.sizes[n] != offered.sizes[n] : !is_number(found.sizes[n])) return false;
  }
  return true;
}

std::string listed(const std::vector<TensorSpec>& specs) {
  std::string out;
  for (const TensorSpec& one : specs) out += (out.empty() ? "" : ", ") + one.text();
  return out;
}

}  // namespace

std::string dtype_name(at::ScalarType dtype) {
  for (const auto& [name, type] : kTypes)
    if (type == dtype) return name;
  return c10::toString(dtype);
}

std::string TensorSpec::text() const {
  std::string out = name + " " + dtype_name(dtype) + " [";
  for (size_t n = 0; n < sizes.size(); ++n) out += (n == 0 ? "" : ", ") + sizes[n];
  return out + "]";
}

std::string Signature::text() const { return listed(inputs) + " -> " + output.text(); }

Signature read_signature(const std::string& text, const std::string& file, const std::string& who) {
  std::istringstream lines(text);
  std::string line;
  const auto wrong = [&](const std::string& expected) {
    return InvalidInput(who + ": the signature of " + file + " has the line '" + line +
                        "'; expected " + expected + ".");
  };
  if (!std::getline(lines, line) || line != kFirstLine)
    throw wrong(std::string("'") + kFirstLine + "' as its first one");
  Signature out;
  bool ended = false;
  while (std::getline(lines, line)) {
    if (line.empty()) continue;
    if (ended) throw wrong("nothing after the output");
    ended = line.starts_with("->");
    const size_t from = ended ? line.find_first_not_of(" >", 1) : 0;
    const auto tensor = from == std::string::npos ? std::nullopt : read_tensor(line.substr(from));
    if (!tensor) throw wrong("a name, a type and sizes, such as 'history int64 [B, 50]'");
    if (ended)
      out.output = *tensor;
    else
      out.inputs.push_back(*tensor);
  }
  if (!ended) throw wrong("an output after it, such as '-> scores float32 [B, 1000]'");
  return out;
}

void expect_offered(const Signature& signature, const Offer& offer, const std::string& file,
                    const std::string& who) {
  for (const TensorSpec& input : signature.inputs) {
    const auto known = std::ranges::find(offer.inputs, input.name, &TensorSpec::name);
    if (known != offer.inputs.end() && fits(input, *known)) continue;
    throw InvalidInput(
        who + ": " + file + " takes " + input.text() + "; " +
        (known == offer.inputs.end() ? "there is no such input. A model may take "
                                     : "this input is " + known->text() + ". A model may take ") +
        listed(offer.inputs) + ", where B and K stay open and L is a number: export it anew.");
  }
  if (signature.output.name == offer.output.name && fits(signature.output, offer.output)) return;
  throw InvalidInput(who + ": " + file + " gives " + signature.output.text() + "; expected " +
                     offer.output.text() +
                     ", where B and K stay open and N is the number of "
                     "items: export it anew.");
}

}  // namespace assay::extra
