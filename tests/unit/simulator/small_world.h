#pragma once

#include "task/simulator_spec.h"

namespace assay::simulator {

inline task::SimulatorSpec small_world() {
  task::SimulatorSpec spec;
  spec.users = 50;
  spec.items = 40;
  spec.days = 5;
  spec.events = 3000;
  spec.allowed = 10;
  spec.slate = 3;
  spec.seed = 7;
  return spec;
}

}  // namespace assay::simulator
