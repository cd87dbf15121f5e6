#include "cli/ab_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <memory>
#include <unordered_set>

#include "ab/gathering.h"
#include "ab/seen_units.h"
#include "cli/ab_columns.h"
#include "error/error.h"
#include "hash/hash.h"
#include "ingest/batch_table.h"
#include "ingest/text.h"
#include "text/counted.h"
#include "text/listed.h"
#include "text/lower_case.h"
#include "text/utc_text.h"

namespace assay::cli {
namespace {

using ingest::BatchColumn;
using ingest::BatchTable;
using ingest::Use;
using Kind = BatchColumn::Kind;

constexpr size_t kMostValues = 100;  // of a slice
constexpr size_t kMostDays = 1000;
constexpr int64_t kDayUs = int64_t{86'400} * 1'000'000;
constexpr int64_t kAhead = 16;  // units whose places are brought from memory

std::unique_ptr<ingest::Table> open_log(const std::string& path) {
  const std::string name = text::lower_case(path);
  if (name.ends_with(".parquet")) return ingest::open_table(path, {.name = "parquet"});
  if (name.ends_with(".csv")) return ingest::open_table(path, {.name = "csv"});
  if (name.ends_with(".tsv")) return ingest::open_table(path, {.name = "csv", .delimiter = '\t'});
  throw error::UserError(path, "is no .parquet, .csv or .tsv file; a row a unit is expected");
}

uint64_t hash_of_text(std::string_view text) {
  int64_t integer = 0;  // one table writes 17 as a number, another one as a text
  return ingest::read_integer(text, integer) ? ab::hash_of(integer) : hash::fast_hash(text);
}

/// One pass over a log.
class Pass {
 public:
  /// @param left_out  units that are passed over; empty in a first pass
  Pass(const AbLog& log, const ab::Design& design, const std::unordered_set<uint64_t>& left_out)
      : log_(log), design_(design), left_out_(left_out), file_(open_log(log.path)) {
    table_ = dynamic_cast<BatchTable*>(file_.get());
    error::require(table_ != nullptr, "these tables are read by column");
    find_columns();
  }

  void run() {
    if (left_out_.empty()) seen_.reserve(table_->rows_known().value_or(table_->rows_expected()));
    while (const ingest::ColumnBatch* batch = table_->next_batch()) add(*batch);
  }

  const std::unordered_set<uint64_t>& mixed() const { return mixed_; }
  int64_t units() const { return seen_.units(); }

  ab::Gathered gathered() const {
    ab::Gathered out;
    const std::vector<size_t> order = arm_order();
    for (const size_t arm : order) {
      out.arms.push_back(arms_.all()[arm]);
      out.units.push_back(counts_[arm]);
    }
    for (const ab::MetricGathering& metric : all_) out.cells.push_back(cells_of(metric, 0, order));
    for (size_t i = 0; i < slices_.size(); ++i) {
      for (const size_t value : sorted(slices_[i].values.all())) {
        const std::string& name = slices_[i].values.all()[value];
        out.slices.push_back({fmt::format("{}: {}", log_.slices[i], name.empty() ? "(none)" : name),
                              cells_of(slices_[i].primary, value, order)});
      }
    }
    for (const auto& [day, group] : days_) {
      out.days.push_back(
          {text::utc_text(day * kDayUs).substr(0, 10), cells_of(day_cells_, group, order)});
    }
    return out;
  }

 private:
  struct Column {
    int place = -1;
    std::string name;
  };
  struct Slice {
    Column column;
    FewNames values;
    ab::MetricGathering primary;
  };

  Column column(const std::string& name, const std::string& option, Use use) {
    const Column found{table_->column(name, option), name};
    table_->set_use(found.place, use);
    return found;
  }

  void find_columns() {
    for (size_t i = 0; i < table_->names().size(); ++i)
      table_->set_use(static_cast<int>(i), Use::unwanted);
    for (const ab::Metric& metric : design_.metrics) {
      numbers_.push_back(column(metric.column, "--metric", Use::number));
      const bool ratio = metric.kind == ab::MetricKind::ratio;
      others_.push_back(ratio ? column(metric.denominator, "--metric", Use::number)
                        : metric.before.empty() ? Column()
                                                : column(metric.before, "--before", Use::number));
      all_.emplace_back(metric, 1, kArms);
    }
    for (const std::string& name : log_.slices)
      slices_.push_back({column(name, "--slice", Use::id), FewNames(),
                         ab::MetricGathering(design_.metrics[0], 1, kArms)});
    if (!log_.time.empty()) time_ = column(log_.time, "--time", Use::time);
    unit_ = column(log_.unit, "--unit", Use::id);
    if (!log_.arm.empty()) arm_ = column(log_.arm, "--arm", Use::id);
  }

  const BatchColumn& of(const ingest::ColumnBatch& batch, const Column& column) const {
    return batch.columns[static_cast<size_t>(column.place)];
  }

  void add(const ingest::ColumnBatch& batch) {
    rows_ = batch.rows;
    if (rows_ == 0) return;
    read_arms(batch);
    read_units(of(batch, unit_));
    left_out_.empty() ? see_units() : leave_out();
    add_metrics(batch);
  }

  void read_arms(const ingest::ColumnBatch& batch) {
    arm_of_row_.assign(static_cast<size_t>(rows_), 0);
    if (log_.arm.empty()) {
      arms_.place_of(kOnlyArm);
      return;
    }
    read_names(*table_, of(batch, arm_), log_.arm, rows_, arms_, codes_,
               [&](int64_t row, std::string_view name) {
                 if (name.empty()) refuse(row, log_.arm + " is empty; each unit has an arm");
                 if (arms_.size() > kArms)
                   refuse(row, fmt::format("{} has more than {} values, so that it is hardly the "
                                           "arm; name the column of the arm with --arm",
                                           log_.arm, kArms));
               });
    for (size_t row = 0; row < arm_of_row_.size(); ++row)
      arm_of_row_[row] = static_cast<int16_t>(codes_[row]);
  }

  void read_units(const BatchColumn& column) {
    hashes_.resize(static_cast<size_t>(rows_));
    if (column.kind == Kind::integers && !column.has_missing() && !column.is_unsigned) {
      for (size_t row = 0; row < hashes_.size(); ++row)
        hashes_[row] = ab::hash_of(column.integers[row]);
      return;
    }
    std::string buffer;
    for (int64_t row = 0; row < rows_; ++row) {
      const std::string_view unit =
          column.kind == Kind::texts
              ? column.texts[static_cast<size_t>(row)]
              : id_text(column.cell(row), log_.unit, table_->origin_of(row), buffer);
      if (unit.empty()) refuse(row, log_.unit + " is empty; each row is of a unit");
      hashes_[static_cast<size_t>(row)] = hash_of_text(unit);
    }
  }

  void see_units() {
    for (int64_t row = 0; row < rows_; ++row) {
      const auto at = static_cast<size_t>(row);
      if (row + kAhead < rows_) seen_.look_ahead(hashes_[at + kAhead]);
      const auto was = seen_.see(hashes_[at], arm_of_row_[at]);
      if (was == ab::SeenUnits::Was::in_other_arm) mixed_.insert(hashes_[at]);
      if (was == ab::SeenUnits::Was::in_same_arm && !mixed_.contains(hashes_[at]))
        refuse(row, fmt::format("this unit has a row above already, in the same arm; {} must be "
                                "different in each row: sum up or average the rows of a unit first",
                                log_.unit));
    }
    count_units();
  }

  void leave_out() {
    for (size_t row = 0; row < hashes_.size(); ++row) {
      if (left_out_.contains(hashes_[row])) arm_of_row_[row] = -1;
    }
    count_units();
  }

  void count_units() {
    counts_.resize(arms_.size());
    for (const int16_t arm : arm_of_row_) {
      if (arm >= 0) ++counts_[static_cast<size_t>(arm)];
    }
  }

  void add_metrics(const ingest::ColumnBatch& batch) {
    const std::vector<int32_t> together(static_cast<size_t>(rows_), 0);
    for (size_t i = design_.metrics.size(); i-- > 0;) {  // the primary one last: parts need it
      read_numbers(*table_, of(batch, numbers_[i]), numbers_[i].name, rows_, metric_);
      if (others_[i].place >= 0)
        read_numbers(*table_, of(batch, others_[i]), others_[i].name, rows_, other_);
      all_[i].add({metric_, other_}, together, arm_of_row_);
    }
    for (Slice& slice : slices_) add_slice(batch, slice);
    if (time_.place >= 0) add_days(batch);
  }

  void add_slice(const ingest::ColumnBatch& batch, Slice& slice) {
    const std::string& name = slice.column.name;
    read_names(*table_, of(batch, slice.column), name, rows_, slice.values, codes_,
               [&](int64_t row, std::string_view) {
                 if (slice.values.size() > kMostValues)
                   refuse(row, fmt::format("{} has more than {} values, too many slices", name,
                                           kMostValues));
               });
    slice.primary.grow(slice.values.size());
    slice.primary.add({metric_, other_}, codes_, arm_of_row_);
  }

  void add_days(const ingest::ColumnBatch& batch) {
    const BatchColumn& times = of(batch, time_);
    codes_.resize(static_cast<size_t>(rows_));
    for (int64_t row = 0; row < rows_; ++row) {
      const auto at = static_cast<size_t>(row);
      const bool plain = times.kind == Kind::times && !times.has_missing();
      const int64_t time =
          plain ? times.integers[at]
                : reader_.time_of(times.cell(row), log_.time, table_->origin_of(row));
      const auto [day, is_new] = days_.emplace(time / kDayUs, static_cast<int32_t>(days_.size()));
      if (is_new && days_.size() > kMostDays)
        refuse(row, fmt::format("{} has more than {} days", log_.time, kMostDays));
      codes_[at] = day->second;
    }
    day_cells_.grow(days_.size());
    day_cells_.add({metric_, other_}, codes_, arm_of_row_);
  }

  [[noreturn]] void refuse(int64_t row, const std::string& what) const {
    throw error::UserError(table_->origin_of(row).text(), what);
  }

  /// The control first, the others by name.
  std::vector<size_t> arm_order() const {
    std::vector<size_t> order = sorted(arms_.all());
    std::ranges::stable_partition(order,
                                  [&](size_t arm) { return arms_.all()[arm] == design_.control; });
    return order;
  }

  static std::vector<size_t> sorted(const std::vector<std::string>& names) {
    std::vector<size_t> order(names.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::sort(order, {}, [&](size_t i) { return names[i]; });
    return order;
  }

  static std::vector<ab::Cell> cells_of(const ab::MetricGathering& metric, size_t group,
                                        const std::vector<size_t>& order) {
    std::vector<ab::Cell> cells;
    for (const size_t arm : order) cells.push_back(metric.cell(group, arm));
    return cells;
  }

  static constexpr size_t kArms = ab::SeenUnits::kMostArms;

  const AbLog& log_;
  const ab::Design& design_;
  const std::unordered_set<uint64_t>& left_out_;
  std::unique_ptr<ingest::Table> file_;
  BatchTable* table_ = nullptr;
  Column unit_, arm_, time_;
  std::vector<Column> numbers_, others_;  // of each metric
  FewNames arms_;
  std::vector<int64_t> counts_;  // of units, by arm
  std::vector<ab::MetricGathering> all_;
  std::vector<Slice> slices_;
  ingest::TimeReader reader_;
  std::map<int64_t, int32_t> days_;  // to groups
  ab::MetricGathering day_cells_{design_.metrics[0], 1, kArms};
  ab::SeenUnits seen_;
  std::unordered_set<uint64_t> mixed_;
  // Of the batch at hand.
  int64_t rows_ = 0;
  std::vector<int16_t> arm_of_row_;
  std::vector<uint64_t> hashes_;
  std::vector<int32_t> codes_;
  std::vector<double> metric_, other_;
};

void check_mixed(const std::string& path, int64_t mixed, int64_t units, double most) {
  const double share = static_cast<double>(mixed) / static_cast<double>(units);
  if (share <= most) return;
  throw error::UserError(
      path,
      fmt::format("{} of {} are in two arms ({:.3g} %), more than the {:.3g} % that "
                  "--mixed-share allows; find out why before the test is judged",
                  text::thousands(mixed), text::counted(units, "unit"), 100 * share, 100 * most));
}

void check_arms(const AbLog& log, const ab::Design& design, const ab::Gathered& gathered) {
  const auto listed = [&] { return text::listed(gathered.arms); };
  if (gathered.arms.size() < 2)
    throw error::UserError(
        log.path,
        fmt::format("{} has {}; a test has at least two arms", log.arm,
                    gathered.arms.empty() ? "no value" : "the value " + listed() + " alone"));
  if (std::ranges::count(gathered.arms, design.control) == 0)
    throw error::UserError(log.path,
                           fmt::format("--control is {}, an arm without units{}", design.control,
                                       error::did_you_mean(design.control, gathered.arms)));
  for (const auto& [arm, weight] : design.weights) {
    if (std::ranges::count(gathered.arms, arm) == 0)
      throw error::UserError(log.path, fmt::format("--weights names {}, an arm without units{}",
                                                   arm, error::did_you_mean(arm, gathered.arms)));
  }
  for (size_t i = 0; i < gathered.arms.size(); ++i) {
    if (!design.weights.empty() && !design.weights.contains(gathered.arms[i]))
      throw error::UserError(log.path, fmt::format("--weights lacks the arm {}", gathered.arms[i]));
    if (gathered.units[i] == 0)
      throw error::UserError(log.path, fmt::format("the arm {} has no unit that is in no other arm",
                                                   gathered.arms[i]));
  }
}

}  // namespace

ab::Gathered read_ab_log(const AbLog& log, const ab::Design& design) {
  const std::unordered_set<uint64_t> none;
  Pass first(log, design, none);
  first.run();
  if (first.units() == 0) throw error::UserError(log.path, "has no rows");
  const auto mixed = static_cast<int64_t>(first.mixed().size());
  check_mixed(log.path, mixed, first.units(), design.mixed_share);
  ab::Gathered gathered;
  if (mixed == 0) {
    gathered = first.gathered();
  } else {
    Pass second(log, design, first.mixed());
    second.run();
    gathered = second.gathered();
    gathered.mixed = mixed;
  }
  if (!log.arm.empty()) check_arms(log, design, gathered);
  return gathered;
}

}  // namespace assay::cli
