#include "text/demangled.h"

#include <cxxabi.h>

#include <cstdlib>

namespace assay::text {

std::string demangled(const std::string& symbol) {
  // What follows no _Z would be taken for a type: a function `f` of C for "float".
  if (!symbol.starts_with("_Z")) return symbol;
  int status = 0;
  char* const readable = abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status);
  std::string out = status == 0 ? readable : symbol;
  std::free(readable);
  return out;
}

}  // namespace assay::text
