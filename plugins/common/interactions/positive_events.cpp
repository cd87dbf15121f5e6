#include <assay/extra/interactions/positive_events.h>

namespace assay::extra {

PositiveEvents positive_events(const EventSlice& events) {
  const at::Tensor positive = events.positive.cpu();
  PositiveEvents out{.user = events.user.cpu().masked_select(positive),
                     .item = events.item.cpu().masked_select(positive),
                     .time_us = events.time_us.cpu().masked_select(positive)};
  if (events.weight) out.weight = events.weight->cpu().masked_select(positive);
  return out;
}

}  // namespace assay::extra
