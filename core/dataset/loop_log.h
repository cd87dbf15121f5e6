#pragma once

/// The log of a variant's own in a loop (task::LoopSpec): a prepared file (dataset/prepared.h) beside
/// that of a day, with the same requests and the same truth of the test window, users and items. In
/// the place of what the log has of the days of the loop stand the clicks on what the variant itself
/// served on them: among the events, in the histories and excluded items of the requests, and as the
/// truth of the requests that stages learn or validate with. Stages are fitted on it, and serve the
/// requests of the day from it. The clicks of the day itself are in no such log.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "dataset/learning_log.h"
#include "dataset/notice.h"
#include "dataset/prepare.h"

namespace assay::dataset {

/// A click on a list that was served on an earlier day.
struct LoopClick {
  int32_t request = 0;  ///< place in the table of logged rows
  int32_t item = 0;     ///< dense id
};

/// What a variant's own days brought.
struct LoopClicks {
  int64_t begin_us = 0;  ///< of the first day of the loop
  std::vector<LoopClick> clicks;
};

/// Where the log of a day lies, and by which key: hash(the prepared data, which know world and day;
/// `previous`). Nothing is made yet.
/// @param previous  key of the trial of the day before; "" on the first day, whose log is the same
///                  for all variants
LearningLogRef loop_log(const PreparedRef& prepared, const std::string& previous);

/// Makes the log of a day, unless it is there.
/// @param prepared  file of the data of the day
/// @param clicks    asked only where it has to be made
void make_loop_log(const std::string& path, const std::string& prepared,
                   const task::TrafficSpec& traffic, const std::function<LoopClicks()>& clicks,
                   const Notice& notice = {});

}  // namespace assay::dataset
