#pragma once

#include <string_view>

namespace assay::page {

/// The files of core/page/html and the charts' libraries, as they were when assay was built.
struct PageAssets {
  std::string_view page;    ///< page.html, with {{placeholders}}
  std::string_view style;   ///< style.css
  std::string_view script;  ///< every .js of html/, in the order of their names
  std::string_view charts;  ///< vega, vega-lite and vega-embed; empty where the build has none
};

PageAssets page_assets();

}  // namespace assay::page
