#include "host/plugin_table.h"

#include <assay/strategy.h>
#include <gmock/gmock.h>

#include <array>

#include "host/refused.h"

namespace assay::host {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename Entry>
Entry named(const std::string& name) {
  Entry entry;
  entry.name = name;
  entry.doc = "Does nothing.";
  entry.make_strategy = [](const ParamMap&) { return std::unique_ptr<Strategy>(); };
  return entry;
}

/// Of a library whose SDK has another PluginEntry than ours.
template <typename Entry>
PluginTable table_of(const std::array<Entry, 2>& entries) {
  return {sizeof(PluginTable), sizeof(Entry), entries.data(), entries.size()};
}

std::vector<std::string> names_in(const PluginTable& table) {
  std::vector<std::string> names;
  for (const task::PluginInfo& plugin : check_table("its.so", &table)) names.push_back(plugin.name);
  for (const PluginEntry* entry : entries_of(table)) names.push_back(entry->name);
  return names;
}

struct LaterEntry : PluginEntry {
  std::array<int64_t, 5> added = {-1, -1, -1, -1, -1};
};

TEST(PluginTableOfAnotherSdk, LongerEntriesAreReadOneByOne) {
  const std::array entries{named<LaterEntry>("first"), named<LaterEntry>("second")};
  EXPECT_THAT(names_in(table_of(entries)), ElementsAre("first", "second", "first", "second"));
}

// What a host with a longer entry meets: 2.0 is enough for it, whatever it has learnt since.
TEST(PluginTableOfAnotherSdk, EntriesOfTheFirstMinorVersionAreEnough) {
  const std::array entries{named<PluginEntry>("first"), named<PluginEntry>("second")};
  PluginTable table = table_of(entries);
  ASSERT_EQ(sizeof(PluginEntry), kEntrySize2_0)
      << "PluginEntry has grown: lay these two out with kEntrySize2_0 bytes each, and test that a "
         "member behind them is not read";
  EXPECT_THAT(names_in(table), ElementsAre("first", "second", "first", "second"));
  table.entry_size = kEntrySize2_0 - 8;
  try {
    check_table("its.so", &table);
    FAIL() << "entries without all members of 2.0 were read";
  } catch (const PluginRefused& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("a table of another size"));
  }
}

}  // namespace
}  // namespace assay::host
