"use strict";
// Vega-Lite specifications of what the data look like.

/** How events are spread over items, most popular first. Both axes are logarithmic. */
function popularitySpec(points) {
  const ranks = points.map((point) => point.rank);
  const events = points.map((point) => point.events);
  const axis = (title, values) => ({
    title,
    format: "~s",
    values: logTicks(Math.min(...values), Math.max(...values)),
  });
  return {
    data: {values: points.map((point) => ({...point, at: count(point.rank), has: count(point.events)}))},
    height: 220,
    mark: {type: "line", strokeWidth: 2, color: cssColour("--accent"), point: {size: 12, filled: true}},
    encoding: {
      x: {
        field: "rank",
        type: "quantitative",
        scale: {type: "log", nice: false},
        axis: axis("items, most popular first (rank, log)", ranks),
      },
      y: {
        field: "events",
        type: "quantitative",
        scale: {type: "log", nice: false},
        axis: axis("events of the item (log)", events),
      },
      tooltip: tip(["at", "rank"], ["has", "events"]),
    },
  };
}

/** "16\u201331" of a bin. */
function binName(bin) {
  return bin.from === bin.to ? count(bin.from) : `${count(bin.from)}\u2013${count(bin.to)}`;
}

/** How many users have histories of which length; bins double in width. */
function historySpec(bins) {
  const rows = bins.map((bin) => ({...bin, name: binName(bin), label: count(bin.users)}));
  return {
    data: {values: rows},
    height: 220,
    mark: {type: "bar", color: cssColour("--accent"), cornerRadiusEnd: 2},
    encoding: {
      x: {
        field: "name",
        type: "ordinal",
        sort: null,
        axis: {title: "events of the user", labelAngle: rows.length > 6 ? -40 : 0},
      },
      y: {field: "users", type: "quantitative", axis: {title: "users", tickCount: 5}},
      tooltip: tip(["name", "events"], ["label", "users"]),
    },
  };
}
