#include "config/key_parts.h"

namespace assay::config {

namespace {

using enum ValueType;

constexpr KeyInfo kKeys[] = {
    {.path = "datasets.*.source",
     .type = other,
     .doc = "A name of the data catalogue (`assay data list`), or a map that says where the "
            "files are and how to read them.",
     .otherwise = kRequired,
     .form = "text or map"},
    {.path = "datasets.*.source.path",
     .type = text,
     .doc = "File or folder, relative to the experiment file.",
     .otherwise = kRequired},
    {.path = "datasets.*.source.format",
     .type = text,
     .doc = "Format of the files; `simulator` has none and makes its own log.",
     .choices = "recbole csv tsv jsonl parquet user_items sequences movielens amazon_reviews yelp "
                "lastfm_360k lastfm_1k lfm_1b lfm_2b yambda netflix kuairec retailrocket otto "
                "taobao goodreads steam simulator",
     .otherwise = kRequired},
    {.path = "datasets.*.source.columns",
     .type = section,
     .doc = "Roles of the columns. A target may use any other column of the events. In jsonl and "
            "parquet a column may be a path (`events.aid`); lists of one row are a row of each "
            "element."},
    {.path = "datasets.*.source.columns.user",
     .type = text,
     .doc = "External user id.",
     .otherwise = "required for csv, tsv, jsonl and parquet; recbole: `user_id`"},
    {.path = "datasets.*.source.columns.item",
     .type = text,
     .doc = "External item id.",
     .otherwise = "required for csv, tsv, jsonl and parquet; recbole: `item_id`"},
    {.path = "datasets.*.source.columns.time",
     .type = other,
     .doc = "Seconds since 1970, UTC, with or without a fraction, ISO 8601, or days as 20240131 "
            "in every row; a map of the keys below says how else times are written. Without it, "
            "file order is time order within a user, and settings and strategies that need times "
            "are errors.",
     .otherwise = "none; recbole: `timestamp`",
     .form = "text or map"},
    {.path = "datasets.*.source.columns.time.name",
     .type = text,
     .doc = "The column. Feature files with a column of that name have its unit, format and zone.",
     .otherwise = kRequired},
    {.path = "datasets.*.source.columns.time.unit",
     .type = text,
     .doc = "What numbers count since 1970, UTC; with `zone`, `day` counts days of that zone. "
            "Texts and timestamps are then errors.",
     .choices = "s ms us ns day",
     .otherwise = "seconds"},
    {.path = "datasets.*.source.columns.time.format",
     .type = text,
     .doc = "How texts are written, in directives of strftime (docs/data.md lists them): "
            "`\"%d/%m/%Y %H:%M\"`. A text that does not fit is an error.",
     .otherwise = "ISO 8601"},
    {.path = "datasets.*.source.columns.time.zone",
     .type = text,
     .doc = "IANA name of the zone of texts and timestamps that name none, such as "
            "`Asia/Shanghai`. A time that clocks showed twice is the earlier one; one that they "
            "skipped is an error.",
     .otherwise = "UTC"},
    {.path = "datasets.*.source.columns.value",
     .type = text,
     .doc = "Value of an event, such as a rating.",
     .otherwise = "none; recbole: `rating`"},
    {.path = "datasets.*.source.columns.event",
     .type = text,
     .doc = "Type of an event, such as view, cart or purchase: texts or integers. Stages "
            "choose among them with `learn_from`.",
     .otherwise = "none"},
    {.path = "datasets.*.source.header",
     .type = texts,
     .doc = "csv and tsv: the names of all columns of files without a header line.",
     .otherwise = "the first line names the columns"},
    {.path = "datasets.*.source.delimiter",
     .type = text,
     .fallback = "\",\"",
     .doc = "csv only: field delimiter, one character; `\"\\t\"` for a tab."},
    {.path = "datasets.*.source.features",
     .type = sections,
     .doc = "Files with features of users or items, one row per id.",
     .otherwise = "none"},
    {.path = "datasets.*.source.features[].of",
     .type = text,
     .doc = "Whether rows are users or items.",
     .choices = "user item",
     .otherwise = kRequired},
    {.path = "datasets.*.source.features[].path",
     .type = text,
     .doc = "The file, relative to the experiment file.",
     .otherwise = kRequired},
    {.path = "datasets.*.source.features[].format",
     .type = text,
     .doc = "File format. `json_map` is one object, `{id: value}`; `npy`, `safetensors`, `fbin`, "
            "`u8bin`, `i8bin` and `fvecs` hold vectors.",
     .choices = "csv tsv jsonl json_map parquet npy safetensors fbin u8bin i8bin fvecs",
     .otherwise = kRequired},
    {.path = "datasets.*.source.features[].id",
     .type = text,
     .doc = "Column of the ids. For formats of vectors a file with one id per line; without it, "
            "row r belongs to id r. Not for json_map.",
     .otherwise = "required for csv, tsv, jsonl and parquet"},
    {.path = "datasets.*.source.features[].columns",
     .type = named,
     .doc = "Type of each feature by its column (safetensors: the tensor; other formats of "
            "vectors: a name of your choice): `category`, `number`, `set`, `vector` or `text`.",
     .otherwise = kRequired,
     .form = "map of names to types"},
    {.path = "datasets.*.source.features[].separator",
     .type = text,
     .doc = "Separator between the members of a set or vector that is written as text.",
     .otherwise = "a vertical bar"},
};

}  // namespace

std::span<const KeyInfo> source_keys() { return kKeys; }

}  // namespace assay::config
