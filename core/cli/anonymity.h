#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace assay::cli {

/// What is said of requests and could tell who asked: labels, one list a cut of the users.
struct Labelled {
  std::vector<std::vector<std::string>> labels;  ///< [cuts][requests]; empty: has none
  std::vector<std::string> users;  ///< [requests]; empty: anonymous, a user of its own
};

/// Stands for a label that is not said.
inline constexpr char kGeneralised[] = "*";

struct Anonymised {
  std::vector<std::vector<std::string>> labels;  ///< as given, some of them kGeneralised
  std::vector<char> kept;                        ///< [requests]: 0 is left out
  int64_t generalised = 0;                       ///< kept requests with a label that is not said
  int64_t left_out = 0;
};

/// k-anonymity by generalisation and suppression (Samarati & Sweeney 1998): every combination of
/// labels that is left is that of at least `k` users.
///
/// Requests whose combination fewer share lose their labels cut by cut, the cut with the most labels
/// first, until enough share what is left; those that share even no label with enough others are left
/// out.
Anonymised anonymise(const Labelled& requests, int64_t k);

}  // namespace assay::cli
