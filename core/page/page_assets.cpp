#include "page/page_assets.h"

#include <cstdint>

// page_files.S, which CMake writes, has these: the bytes, and how many they are.
extern "C" {
extern const char assay_page_html[], assay_page_style[], assay_page_scripts[], assay_page_charts[];
extern const uint64_t assay_page_html_size, assay_page_style_size, assay_page_scripts_size,
    assay_page_charts_size;
}

namespace assay::page {

PageAssets page_assets() {
  return {{assay_page_html, assay_page_html_size},
          {assay_page_style, assay_page_style_size},
          {assay_page_scripts, assay_page_scripts_size},
          {assay_page_charts, assay_page_charts_size}};
}

}  // namespace assay::page
