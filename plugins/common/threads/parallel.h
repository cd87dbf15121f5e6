#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Blocks of work on the threads of LibTorch.

#include <cstdint>
#include <functional>

namespace assay::extra {

/// Calls `body(first, last)` for blocks of `block` numbers that together are 0 .. count - 1, on as
/// many threads as ATen uses. A thread takes the next block when it is done with one, so blocks of
/// uneven cost do not leave threads idle. Blocks run on any thread, in any order: a body may write
/// only elements of its own numbers, and must not call tensor operations. An exception of a body is
/// rethrown here.
void parallel_blocks(int64_t count, int64_t block,
                     const std::function<void(int64_t, int64_t)>& body);

/// How many requests of a batch make a block. So many that what a body allocates once a block
/// (counts over all users, a matrix to solve in) costs little; so few that a batch of 256 still
/// keeps 16 threads at work, and a long history delays only the few requests beside it.
inline constexpr int64_t kRequestsPerBlock = 16;

}  // namespace assay::extra
