#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::execution {

/// The text with every path in it put through `change`: what begins with `/`, `./` or `../` where a
/// value can begin, as `assay` writes a resolved experiment.
std::string change_paths(std::string_view config,
                         const std::function<std::string(const std::string&)>& change);

/// Paths of files and folders that are there, relative to `folder` ("./data/events.csv"): so that a
/// file that is mailed tells nobody's folders, and is read where the data lie beside it again.
std::string relative_paths(std::string_view config, const std::string& folder);

/// The text with its paths below the first of `folders` that has them. A relative one is looked for
/// as it stands; an absolute one that is gone by as much of its end as is there. A relative one that none
/// has is named below the first; an absolute one stays.
std::string found_paths(std::string_view config, const std::vector<std::string>& folders);

}  // namespace assay::execution
