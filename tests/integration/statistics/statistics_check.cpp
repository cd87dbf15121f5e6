// statistics_check REPETITIONS: prints what of the statistics of core/ was checked in simulated worlds,
// as Markdown. Exit 1 where a claim does not hold.

#include <cstdlib>
#include <iostream>

#include "parts.h"

namespace {

int repetitions_of(int count, char** words) {
  const int asked = count == 2 ? std::atoi(words[1]) : 0;
  if (asked >= 10) return asked;
  std::cerr << "usage: statistics_check REPETITIONS (at least 10)\n";
  std::exit(2);
}

}  // namespace

int main(int count, char** words) {
  using namespace assay::statistics;
  const int repetitions = repetitions_of(count, words);
  int failures = 0;
  for (const auto& check : {off_policy_part, aa_part, interleaving_part}) {
    const Part part = check(repetitions);
    std::cout << part.text << '\n' << std::flush;
    for (const std::string& failure : part.failures) std::cerr << failure << '\n';
    failures += static_cast<int>(part.failures.size());
  }
  return failures == 0 ? 0 : 1;
}
