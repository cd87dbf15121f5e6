#include "host/probe.h"

#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "hash/hash.h"
#include "unit/host/plugin_files.h"

namespace assay::host {
namespace {

using ::testing::ElementsAre;
using testing::elf_header;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using testing::read_bytes;
using ::testing::StartsWith;
using testing::TempFolder;
using testing::test_plugin;
using testing::with_flipped_bit;
using testing::with_header;

// A loaded machine may take a second for what takes milliseconds: only what never returns meets a
// limit.
constexpr std::chrono::milliseconds kLimit{4000};

task::ProbeResult probe(const std::string& path) { return probe_libraries({path}, kLimit).at(0); }

/// The result on a file is a refusal with this code and text.
void expect_refused(const std::string& path, task::ProbeCode code, const std::string& message) {
  const task::ProbeResult result = probe(path);
  EXPECT_EQ(code_name(result.code), code_name(code));
  EXPECT_EQ(result.message, message);
  EXPECT_TRUE(result.entries.empty());
}

class ProbeFile : public ::testing::Test {
 protected:
  std::string good() const { return read_bytes(test_plugin("bad_in_run")); }

  TempFolder folder_;
};

TEST_F(ProbeFile, AMissingFile) {
  expect_refused(folder_.file("nothing.so"), task::ProbeCode::missing, "there is no such file");
}

TEST_F(ProbeFile, AFolder) {
  expect_refused(std::filesystem::temp_directory_path(), task::ProbeCode::not_a_file,
                 "is a folder; name the plugin's shared library (.so)");
}

TEST_F(ProbeFile, SomethingThatIsNoRegularFile) {
  expect_refused("/dev/null", task::ProbeCode::not_a_file,
                 "is not a regular file; name the plugin's shared library (.so)");
}

TEST_F(ProbeFile, ATextFile) {
  expect_refused(folder_.write("idea.so", "#include <assay/plugin.h>\n"), task::ProbeCode::not_elf,
                 "is no shared library (not an ELF file); name the plugin's shared library (.so)");
}

TEST_F(ProbeFile, AnEmptyFile) {
  expect_refused(folder_.write("empty.so", ""), task::ProbeCode::not_elf,
                 "is empty; name the plugin's shared library (.so)");
}

TEST_F(ProbeFile, ATruncatedFileWhereverItIsCut) {
  const std::string whole = good();
  for (const size_t length :
       {size_t{16}, size_t{100}, whole.size() / 3, whole.size() / 2, whole.size() - 1}) {
    const task::ProbeResult result = probe(folder_.write("cut.so", whole.substr(0, length)));
    EXPECT_EQ(result.code, task::ProbeCode::truncated) << length;
    EXPECT_THAT(
        result.message,
        MatchesRegex("is truncated: its [a-z ]+ should end at byte [0-9]+, but the file has " +
                     std::to_string(length) + "; build or copy it again"));
  }
}

TEST_F(ProbeFile, AnotherArchitecture) {
  Elf64_Ehdr header = elf_header(good());
  header.e_machine = header.e_machine == EM_AARCH64 ? EM_RISCV : EM_AARCH64;
  const task::ProbeResult result = probe(folder_.write("other.so", with_header(good(), header)));
  EXPECT_EQ(result.code, task::ProbeCode::other_architecture);
  EXPECT_THAT(
      result.message,
      MatchesRegex(
          "is built for (AArch64|RISC-V), but this machine is (x86-64|AArch64); build it here"));
}

TEST_F(ProbeFile, AProgram) {
  Elf64_Ehdr header = elf_header(good());
  header.e_type = ET_EXEC;
  expect_refused(folder_.write("program.so", with_header(good(), header)),
                 task::ProbeCode::not_shared,
                 "is a program, not a shared library; name the plugin's shared library (.so)");
}

TEST_F(ProbeFile, AnObjectFile) {
  Elf64_Ehdr header = elf_header(good());
  header.e_type = ET_REL;
  expect_refused(folder_.write("object.so", with_header(good(), header)),
                 task::ProbeCode::not_shared,
                 "is an object file, not a shared library; name the plugin's shared library (.so)");
}

TEST_F(ProbeFile, ASharedLibraryThatIsNoPlugin) {
  expect_refused(
      test_plugin("bad_no_note"), task::ProbeCode::no_note,
      "is a shared library, but no plugin: it has no note .note.assay; does its source end with "
      "ASSAY_PLUGINS(...)?");
}

TEST_F(ProbeFile, ADamagedNote) {
  expect_refused(test_plugin("bad_damaged_note"), task::ProbeCode::damaged_note,
                 "has a damaged note .note.assay (its stamp does not begin with ASSAYPL); build or "
                 "copy it again");
}

TEST_F(ProbeFile, AnotherSdk) {
  expect_refused(test_plugin("bad_other_sdk"), task::ProbeCode::other_sdk,
                 "is built for plugin SDK 1.0, but this assay has SDK 2.0: build it again with "
                 "this assay's CMake package, after the changes that docs/upgrading.md lists");
}

TEST_F(ProbeFile, ANewerSdk) {
  expect_refused(test_plugin("bad_newer_sdk"), task::ProbeCode::other_sdk,
                 "needs plugin SDK 2.99, but this assay has SDK 2.0; use a newer assay, or build "
                 "it again with this "
                 "assay's CMake package");
}

TEST_F(ProbeFile, AnotherTorchAndCompilerAreBothNamed) {
  const task::ProbeResult result = probe(test_plugin("bad_other_torch"));
  EXPECT_EQ(result.code, task::ProbeCode::other_build);
  EXPECT_THAT(result.message,
              MatchesRegex("is built with torch 1\\.9\\.0 \\(this assay: torch [0-9.]+\\), "
                           "g\\+\\+ 8 \\(this assay: g\\+\\+ [0-9]+\\); build it again with this "
                           "assay's CMake package"));
}

TEST_F(ProbeFile, ABitFlippedFileCrashesTheProbeAlone) {
  const task::ProbeResult result = probe(folder_.write("flipped.so", with_flipped_bit(good())));
  EXPECT_EQ(result.code, task::ProbeCode::crashed);
  EXPECT_EQ(
      result.message,
      "crashes (SIGSEGV) while it is loaded: one of its static constructors, or a damaged file");
}

TEST(ProbeLoad, AnUndefinedSymbolIsNamed) {
  const task::ProbeResult result = probe(test_plugin("bad_undefined_symbol"));
  EXPECT_EQ(result.code, task::ProbeCode::cannot_load);
  EXPECT_EQ(result.message,
            "cannot be loaded (undefined symbol: function_that_nobody_has()); link the libraries "
            "that it needs with assay_add_plugin");
}

TEST(ProbeLoad, AStaticConstructorThatAborts) {
  expect_refused(test_plugin("bad_static_abort"), task::ProbeCode::crashed,
                 "crashes (SIGABRT) while it is loaded: one of its static constructors, or a "
                 "damaged file; its last "
                 "words: cannot go on without a GPU");
}

TEST(ProbeLoad, AStaticConstructorThatExits) {
  expect_refused(test_plugin("bad_static_exit"), task::ProbeCode::exited,
                 "ends the process (exit status 0) while it is loaded: one of its static "
                 "constructors calls exit");
}

TEST(ProbeLoad, AStaticConstructorThatNeverReturns) {
  expect_refused(test_plugin("bad_static_hang"), task::ProbeCode::timed_out,
                 "is not loaded after 4 s: one of its static constructors does not return");
}

TEST(ProbeLoad, NoEntryFunction) {
  expect_refused(test_plugin("bad_no_entry"), task::ProbeCode::no_entry,
                 "has the note of a plugin, but no function assay_plugins_v2; end its source with "
                 "ASSAY_PLUGINS(...)");
}

TEST(ProbeLoad, AnEntryFunctionThatThrows) {
  expect_refused(test_plugin("bad_entry_throws"), task::ProbeCode::entry_threw,
                 "throws while it declares its strategies: no licence found");
}

TEST(ProbeLoad, NoTable) {
  expect_refused(test_plugin("bad_null_table"), task::ProbeCode::bad_table,
                 "returns nothing from assay_plugins_v2; end its source with ASSAY_PLUGINS(...)");
}

TEST(ProbeLoad, AnEmptyTable) {
  expect_refused(test_plugin("bad_empty_table"), task::ProbeCode::empty_table,
                 "contains no strategy: its ASSAY_PLUGINS() is empty; add one: "
                 "ASSAY_PLUGINS(assay::plugin<...>())");
}

TEST(ProbeLoad, ANameTwice) {
  expect_refused(test_plugin("bad_name_twice"), task::ProbeCode::name_twice,
                 "declares good (recall) twice; rename one of them");
}

TEST(ProbeLoad, ADeclarationThatIsWrongInSeveralWaysSaysAllOfThem) {
  expect_refused(test_plugin("bad_declaration"), task::ProbeCode::bad_entry,
                 "declares a plugin, which is not well formed: its name is \"My Idea\"; a name "
                 "consists of a-z, 0-9 and _, beginning with a letter; it has no doc: describe it "
                 "in one sentence; parameter k is declared twice; parameter k has no doc; "
                 "parameter k has choices, but its type is integer; parameter mode has a range, "
                 "but its type is text; a rule names kk, which is no numeric parameter");
}

TEST(ProbeLoad, DeclaredPartsAndFunctionsThatAreWrongInSeveralWays) {
  expect_refused(test_plugin("bad_part"), task::ProbeCode::bad_entry,
                 "declares good, which is not well formed: it has a function validates, but not "
                 "the trait: set it, and the function decides; part counts depends on dept, which "
                 "is no parameter; part counts is declared twice; part pairs has no doc; part "
                 "pairs depends on teacher, which is an input: a part is made of the data alone");
}

TEST(ProbeLoad, TellsWhatALibraryDeclaresAndHowItWasBuilt) {
  const task::ProbeResult result = probe(test_plugin("decides_by_params"));
  ASSERT_TRUE(result.ok()) << result.message;
  const task::PluginInfo& info = result.entries.at(0);
  EXPECT_TRUE(info.functions.validates);
  EXPECT_TRUE(info.functions.needs_time);
  EXPECT_TRUE(info.functions.memory);
  EXPECT_FALSE(info.build_type.empty());
  const task::ProbeResult parts = probe(test_plugin("fake_parts"));
  ASSERT_TRUE(parts.ok()) << parts.message;
  EXPECT_EQ(parts.entries.at(0).schema.parts.at(0).params, std::vector<std::string>{"log_counts"});
  EXPECT_FALSE(parts.entries.at(0).functions.memory);
}

TEST(ProbeLoad, ADefaultThatItsOwnRangeRefuses) {
  expect_refused(test_plugin("bad_default"), task::ProbeCode::bad_entry,
                 "declares good, which is not well formed: its defaults are refused: "
                 "params.neighbours is 0; it must "
                 "be 1 to 10");
}

TEST(ProbeLoad, OutputOfAPluginDoesNotReachTheVerdict) {
  ::testing::internal::CaptureStdout();
  const task::ProbeResult result = probe(test_plugin("bad_talks"));
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
  EXPECT_TRUE(result.ok()) << result.text();
}

TEST(Probe, AGoodLibraryTellsWhatItHolds) {
  const task::ProbeResult result = probe(test_plugin("bad_in_run"));
  ASSERT_TRUE(result.ok()) << result.text();
  ASSERT_EQ(result.entries.size(), 3u);
  EXPECT_EQ(result.entries[1].name, "bad_rank");
  EXPECT_EQ(result.entries[1].kind, PluginKind::rank);
  EXPECT_EQ(result.entries[1].library, test_plugin("bad_in_run"));
  EXPECT_EQ(result.entries[1].library_sha256, hash::sha256_file(test_plugin("bad_in_run")));
  EXPECT_EQ(result.sha256, hash::sha256_file(test_plugin("bad_in_run")));
  EXPECT_EQ(result.file, task::identify(test_plugin("bad_in_run")));
}

TEST(Probe, OneThatCrashesExitsOrHangsIsBlamedAndTheOthersAreNot) {
  const std::vector<task::ProbeResult> results = probe_libraries(
      {test_plugin("bad_factory"), test_plugin("bad_static_exit"), test_plugin("bad_static_hang"),
       test_plugin("bad_in_run"), test_plugin("bad_no_note"), test_plugin("bad_static_abort"),
       test_plugin("bad_talks")},
      kLimit);
  std::vector<task::ProbeCode> codes;
  for (const task::ProbeResult& result : results) codes.push_back(result.code);
  EXPECT_THAT(codes,
              ElementsAre(task::ProbeCode::ok, task::ProbeCode::exited, task::ProbeCode::timed_out,
                          task::ProbeCode::ok, task::ProbeCode::no_note, task::ProbeCode::crashed,
                          task::ProbeCode::ok));
}

TEST(Probe, VerdictsSurviveJson) {
  for (const char* name : {"bad_in_run", "bad_static_exit"}) {
    const task::ProbeResult result = probe(test_plugin(name));
    const auto read = nlohmann::json::parse(nlohmann::json(result).dump()).get<task::ProbeResult>();
    EXPECT_EQ(nlohmann::json(read), nlohmann::json(result));
    EXPECT_EQ(read.file, result.file);
    EXPECT_EQ(read.code, result.code);
  }
}

TEST(Probe, MainPrintsOneArray) {
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(probe_main(std::vector<std::string>{"--limit-ms", "4000", test_plugin("bad_talks"),
                                                test_plugin("bad_static_abort")}),
            0);
  const auto results = nlohmann::json::parse(::testing::internal::GetCapturedStdout());
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].at("code"), "ok");
  EXPECT_EQ(results[1].at("code"), "crashed");
}

}  // namespace
}  // namespace assay::host
