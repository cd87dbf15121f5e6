#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "report/explained_request.h"
#include "text/clipped.h"
#include "text/counted.h"
#include "text/display_width.h"
#include "text/utc_text.h"

namespace assay::report {
namespace {

constexpr size_t kTitleWidth = 44;
constexpr int64_t kMicrosPerSecond = 1'000'000;

/// "1998-04-22 18:30:00 UTC"
std::string moment(int64_t seconds) { return text::utc_text(seconds * kMicrosPerSecond); }
std::string day(int64_t seconds) { return moment(seconds).substr(0, 10); }

std::string title_cell(const NamedItem& item) {
  return text::pad_right(text::clipped(item.title, kTitleWidth), kTitleWidth);
}

/// With the id by which a command knows it, where the title is another.
std::string with_id(const NamedItem& item) {
  return item.title == item.id ? item.id : fmt::format("{} [{}]", item.title, item.id);
}

/// Four digits; never "-0".
std::string number(double value) { return fmt::format("{:.4g}", value == 0 ? 0.0 : value); }
std::string signed_number(double value) { return fmt::format("{:+.4g}", value == 0 ? 0.0 : value); }

std::string plugins_text(const ExplainedStage& stage) {
  std::string out;
  for (const std::string& plugin : stage.plugins) out += (out.empty() ? " " : " + ") + plugin;
  return out;
}

std::string stage_name(const ExplainedStage& stage) { return stage.name + plugins_text(stage); }

/// What moved an item: "from 7", "new".
std::string movement(const ExplainedStage& stage, const ListedItem& item) {
  if (stage.before.empty()) return "";
  if (!item.before) return "not in " + stage.before;
  return *item.before == item.rank ? "" : fmt::format("was {}", *item.before);
}

std::string list_line(const ListedItem& item, const std::string& behind) {
  std::string line =
      fmt::format("  {:>3} {} {} {:>10}  {}", item.rank, item.relevant ? "*" : " ",
                  title_cell(item.item), item.score ? number(*item.score) : "", behind);
  while (line.back() == ' ') line.pop_back();
  return line + '\n';
}

std::string head(const ExplainedRequest& request) {
  std::string out = fmt::format(
      "Request {} of {} ({}), {}{}: {}{}{}\n", request.request, request.requests, request.run,
      request.user.empty() ? "anonymous" : "user " + request.user,
      request.time ? ", " + moment(*request.time) : "", request.variant,
      " on " + request.dataset + (request.fold == "all" ? "" : ", fold " + request.fold),
      request.seed ? fmt::format(", seed {}", *request.seed) : "");
  if (!request.others.empty()) {
    std::string list;
    for (const int64_t other : request.others) {
      if (list.size() > 60) {
        list += ", ...";
        break;
      }
      list += (list.empty() ? "" : ", ") + fmt::format("{}", other);
    }
    out += fmt::format("The user has further requests: {} (--request).\n", list);
  }
  out += request.difference.empty()
             ? "Served again: the list is the stored one.\n"
             : fmt::format("Served again, and not as stored: {}.\n", request.difference);
  return out;
}

std::string profile(const ExplainedRequest& request) {
  std::string out =
      fmt::format("\nPROFILE, {} of history\n", text::counted(request.history_length, "item"));
  for (const auto& [name, text] : request.features) out += fmt::format("  {}: {}\n", name, text);
  for (const auto& [name, categories] : request.counted) {
    std::string list;
    for (const auto& [label, count] : categories)
      list += fmt::format("{}{} {}", list.empty() ? "" : ", ", label, count);
    out += fmt::format("  {} of the history: {}\n", name, list);
  }
  const auto shown = std::min(request.shown, std::ssize(request.history));
  const auto more = request.history_length - shown;
  if (more > 0) out += fmt::format("  ({} before these)\n", text::thousands(more));
  for (const PastItem& past : std::span(request.history).last(static_cast<size_t>(shown)))
    out += fmt::format("  {}{}\n", past.time ? day(*past.time) + "  " : "", with_id(past.item));
  if (request.history_length == 0) out += "  Nothing that counts stands before this request.\n";
  out += fmt::format("\nRELEVANT, {} (* below)\n",
                     text::counted(std::ssize(request.relevant), "item"));
  for (const NamedItem& item : request.relevant) out += fmt::format("  {}\n", with_id(item));
  return out;
}

std::string stage_text(const ExplainedStage& stage) {
  std::string out = fmt::format("\n{}: {}", stage_name(stage), text::counted(stage.length, "item"));
  if (stage.unknown) return out + "; it does not know the request\n";
  if (!stage.same_as.empty()) return out + fmt::format(", as {}\n", stage.same_as);
  const bool all = stage.length == std::ssize(stage.items);
  out += all ? "\n" : fmt::format(", the first {}\n", std::ssize(stage.items));
  for (const ListedItem& item : stage.items) out += list_line(item, movement(stage, item));
  return out;
}

std::string reasons_text(const ItemReasons& reasons) {
  std::string out;
  for (const ExplainedTerm& term : reasons.terms)
    out += fmt::format("        {:>10}  {}{}\n", signed_number(term.weight),
                       term.kind == "feature" ? "" : term.kind + ": ", term.what);
  if (reasons.rest != 0)
    out += fmt::format("        {:>10}  all else\n", signed_number(reasons.rest));
  return out;
}

std::string ranks_text(const ExplainedItem& item) {
  std::string out;
  for (const auto& [stage, rank] : item.ranks)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", stage,
                       rank > 0 ? fmt::format("{}", rank) : "not in list");
  return out;
}

std::string why_text(const ExplainedRequest& request) {
  std::string out = "\nWHY\n";
  for (const ExplainedPlace& place : request.places) {
    const std::string name = place.place + " " + place.plugin;
    if (!place.silent.empty())
      out += fmt::format("  {} {}.\n", name, place.silent);
    else if (!place.says.empty())
      out += fmt::format("  The terms of {} add up to {}.\n", name, place.says);
    else
      out += fmt::format("  The terms of {} need not add up to its score.\n", name);
  }
  for (const ExplainedItem& item : request.why) {
    out += fmt::format("\n  {:>3} {} {}   {}\n",
                       item.item.rank > 0 ? fmt::format("{}", item.item.rank) : "-",
                       item.item.relevant ? "*" : " ", with_id(item.item.item), ranks_text(item));
    for (const ItemReasons& reasons : item.reasons)
      out += fmt::format("      {} {}\n{}", reasons.place, reasons.plugin, reasons_text(reasons));
    if (item.reasons.empty()) out += "      no stage says why\n";
  }
  return out;
}

std::string without_text(const ListWithout& without, int64_t shown) {
  const std::string name = with_id(without.left_out);
  if (without.same) return fmt::format("\nWITHOUT {}: the same list\n", name);
  std::string out = fmt::format("\nWITHOUT {}\n", name);
  for (const ListedItem& item : without.items) {
    if (item.rank > shown) break;
    const std::string moved = !item.before                ? "new"
                              : *item.before == item.rank ? ""
                                                          : fmt::format("was {}", *item.before);
    out += list_line(item, moved);
  }
  for (const ListedItem& item : without.gone)
    out += fmt::format("    - {} {}             was {}\n", item.relevant ? "*" : " ",
                       title_cell(item.item), item.before.value_or(0));
  return out;
}

}  // namespace

std::string explanation_text(const ExplainedRequest& request) {
  std::string out = head(request) + profile(request) + "\nSTAGES\n";
  for (const ExplainedStage& stage : request.stages) out += stage_text(stage);
  out += why_text(request);
  for (const ListWithout& without : request.without) out += without_text(without, request.shown);
  if (request.history_length > 0 && request.without.empty())
    out += "\nWITHOUT an item of the history: a stage failed to serve such a list\n";
  return out;
}

}  // namespace assay::report
