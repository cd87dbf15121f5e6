#include <assay/extra/interactions/positive_events.h>

namespace assay::extra {

PositiveEvents positive_events(const EventSlice& events) {
  const at::Tensor positive = events.positive.cpu();
  return {.user = events.user.cpu().masked_select(positive),
          .item = events.item.cpu().masked_select(positive),
          .time_us = events.time_us.cpu().masked_select(positive)};
}

}  // namespace assay::extra
