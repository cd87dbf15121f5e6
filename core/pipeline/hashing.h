#pragma once

#include <cstdint>
#include <string_view>

namespace assay::pipeline {

/// 64 well-mixed bits of a seed and a number: the finaliser of SplitMix64 (Steele, Lea & Flood
/// 2014).
inline uint64_t mix(uint64_t seed, uint64_t number) {
  uint64_t z = seed + 0x9e3779b97f4a7c15u * (number + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/// FNV-1a of a place's name ("recall[0]"): keys the random numbers of the stage that stands there.
inline uint64_t place_key(std::string_view place) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : place) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

}  // namespace assay::pipeline
