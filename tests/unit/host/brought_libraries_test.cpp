#include "host/brought_libraries.h"

#include <gmock/gmock.h>

#include "hash/hash.h"
#include "host/refused.h"
#include "unit/host/plugin_files.h"

namespace assay::host {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TempFolder;
using testing::test_plugin;

TEST(BroughtLibraries, OneBesideThePluginInItsSearchPathIsNamedWithItsHash) {
  const auto brought = brought_libraries(test_plugin("brought/brings_library"));
  ASSERT_THAT(brought, SizeIs(1));
  const std::string path = test_plugin("brought/libbrought");
  EXPECT_EQ(brought[0].name, "libbrought.so");
  EXPECT_EQ(brought[0].path, path);
  EXPECT_EQ(brought[0].sha256, hash::sha256_file(path));
}

TEST(BroughtLibraries, LibTorchTheKernelsAndTheSystemsAreNotBrought) {
  EXPECT_THAT(brought_libraries(test_plugin("busy_work")), IsEmpty());
}

TEST(BroughtLibraries, AFileThatIsNoLibraryIsRefused) {
  const TempFolder folder;
  EXPECT_THROW(brought_libraries(folder.write("text.so", "no library")), PluginRefused);
}

}  // namespace
}  // namespace assay::host
