// A strategy that keeps its contract, compiled without optimisation (tests/CMakeLists.txt): its
// times mean little.
#include "fake_popular.h"

ASSAY_PLUGINS(assay::plugin<fake::Recall>({.name = "debug_build",
                                           .doc = "Popular items, compiled with -O0."}))
