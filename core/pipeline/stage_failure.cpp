#include "pipeline/stage_failure.h"

#include <assay/error.h>
#include <c10/util/Exception.h>

#include <new>

#include "error/error.h"

namespace assay {
namespace {

constexpr char kNoMemory[] = "ran out of memory";

bool is_out_of_memory(const std::string& text) {
  return text.find("can't allocate memory") != std::string::npos ||
         text.find("out of memory") != std::string::npos;
}

}  // namespace

void guard(const std::function<void()>& call) {
  try {
    call();
  } catch (const StageFailure&) {
    throw;
  } catch (const Error&) {
    throw;  // ours, or the user's: not the plugin's fault
  } catch (const InvalidInput& error) {
    throw StageFailure("invalid_input", error.what());
  } catch (const std::bad_alloc&) {
    throw StageFailure("memory", kNoMemory);
  } catch (const c10::Error& error) {
    const std::string text = error.what_without_backtrace();
    if (is_out_of_memory(text)) throw StageFailure("memory", std::string(kNoMemory) + ": " + text);
    throw StageFailure("exception", "threw: " + text);
  } catch (const std::exception& error) {
    throw StageFailure("exception", std::string("threw: ") + error.what());
  } catch (...) {
    throw StageFailure("exception", "threw something that is not a std::exception");
  }
}

}  // namespace assay
