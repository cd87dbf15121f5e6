#include "config/key_parts.h"

namespace assay::config {

namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "datasets.*.source.impressions",
     .type = section,
     .doc = "A table of logged rows: what was shown to whom, and what came of it. Beside `path` it "
            "joins the log; alone (without `path` and `format`), the rows whose first label is "
            "positive are the log.",
     .otherwise = "none"},
    {.path = "datasets.*.source.impressions.path",
     .type = text,
     .doc = "The file, or a folder of Parquet, relative to the experiment file.",
     .otherwise = kRequired},
    {.path = "datasets.*.source.impressions.format",
     .type = text,
     .doc = "Format of the table; the last five are published data sets, whose columns, labels and "
            "context are known.",
     .choices = "csv tsv jsonl parquet open_bandit mind criteo avazu kuairand",
     .otherwise = kRequired},
    {.path = "datasets.*.source.impressions.delimiter",
     .type = text,
     .doc = "csv only: field delimiter, one character.",
     .otherwise = "a comma"},
    {.path = "datasets.*.source.impressions.header",
     .type = texts,
     .doc = "csv and tsv: names of the columns of a file whose first line is a row.",
     .otherwise = "the first line"},
    {.path = "datasets.*.source.impressions.columns",
     .type = section,
     .doc = "Roles of the columns; none is required."},
    {.path = "datasets.*.source.impressions.columns.request",
     .type = text,
     .doc = "Id of the request: rows with the same id are one request.",
     .otherwise = "each row is a request"},
    {.path = "datasets.*.source.impressions.columns.user",
     .type = text,
     .doc = "External user id; empty in rows of anonymous users.",
     .otherwise = "all are anonymous"},
    {.path = "datasets.*.source.impressions.columns.item",
     .type = text,
     .doc = "External item id; empty in rows that show none.",
     .otherwise = "see `item_from`"},
    {.path = "datasets.*.source.impressions.columns.time",
     .type = other,
     .doc = "Time of the request: seconds since 1970, UTC, ISO 8601, or days as 20240131.",
     .otherwise = "none: file order is time order",
     .form = "text or map"},
    {.path = "datasets.*.source.impressions.columns.time.name",
     .type = text,
     .doc = "The column.",
     .otherwise = kRequired},
    {.path = "datasets.*.source.impressions.columns.time.unit",
     .type = text,
     .doc = "What numbers count since 1970, UTC; as in `source.columns.time`.",
     .choices = "s ms us ns day",
     .otherwise = "seconds"},
    {.path = "datasets.*.source.impressions.columns.time.format",
     .type = text,
     .doc = "How texts are written; as in `source.columns.time`: `%d/%m/%Y %H:%M`.",
     .otherwise = "ISO 8601"},
    {.path = "datasets.*.source.impressions.columns.time.zone",
     .type = text,
     .doc = "IANA name of the zone of texts and timestamps that name none; as in "
            "`source.columns.time`.",
     .otherwise = "UTC"},
    {.path = "datasets.*.source.impressions.columns.position",
     .type = text,
     .doc = "Place at which the row was shown, a whole number; smaller is earlier.",
     .otherwise = "the order of the rows"},
    {.path = "datasets.*.source.impressions.columns.propensity",
     .type = text,
     .doc = "Probability with which the logging policy showed the row, above 0 and at most 1.",
     .otherwise = "none"},
    {.path = "datasets.*.source.impressions.columns.allowed",
     .type = text,
     .doc = "Items that might have been shown: a list, or ids between vertical bars, commas or "
            "blanks. Empty: "
            "all items.",
     .otherwise = "all items"},
    {.path = "datasets.*.source.impressions.item_from",
     .type = texts,
     .doc = "For a table without item ids: each distinct row of these columns is an item, called "
            "by its values with vertical bars between them.",
     .otherwise = "none"},
    {.path = "datasets.*.source.impressions.labels",
     .type = named,
     .doc = "What came of a row, by name. The first is the ground truth.",
     .otherwise = "required for csv, tsv, jsonl and parquet"},
    {.path = "datasets.*.source.impressions.labels.*.column",
     .type = text,
     .doc = "The column. Without a condition it holds values from 0 on, positive above 0.",
     .otherwise = kRequired},
    {.path = "datasets.*.source.impressions.labels.*.at_least",
     .type = number,
     .doc = "Positive if the value is at least this.",
     .otherwise = "no bound"},
    {.path = "datasets.*.source.impressions.labels.*.at_most",
     .type = number,
     .doc = "Positive if the value is at most this.",
     .otherwise = "no bound"},
    {.path = "datasets.*.source.impressions.labels.*.equals",
     .type = other,
     .doc = "Positive if the value equals this number or text.",
     .otherwise = "no bound",
     .form = "number or text"},
    {.path = "datasets.*.source.impressions.context",
     .type = texts,
     .doc = "Columns that were known before the answer: numbers, or categories where a value is no "
            "number. What is the same in all rows of each request belongs to the request.",
     .otherwise = "none"},
};

}  // namespace

std::span<const KeyInfo> impression_keys() { return kKeys; }

}  // namespace assay::config
