"use strict";
// Vega-Lite specifications of what lies behind the verdict.

function curveSpec(rows, context) {
  const scales = variantScales(context.variants, context.baseline);
  const cutoffs = [...new Set(rows.map((row) => row.cutoff))].sort((a, b) => a - b);
  // Variants stand side by side at each cutoff, so that their intervals do not hide each other.
  const shift = (variant) =>
    0.36 * ((context.variants.indexOf(variant) + 0.5) / context.variants.length - 0.5);
  const x = {
    field: "at",
    type: "quantitative",
    scale: {domain: [-0.4, cutoffs.length - 0.6]},
    axis: {
      title: "cutoff k",
      values: cutoffs.map((_, i) => i),
      grid: false,
      labelExpr: `${JSON.stringify(cutoffs)}[round(datum.value)]`,
    },
  };
  const y = {type: "quantitative", scale: {zero: false}, axis: {title: context.metric, tickCount: 6}};
  const tooltip = tip(["variant", "variant"], ["cutoff", "k"], ["label", context.metric], ["n", "n"]);
  const encoding = {x, color: scales.color};
  const values = lined(rows).map((row) => ({
    ...row,
    at: cutoffs.indexOf(row.cutoff) + shift(row.variant),
    label: `${fmt(row.mean)} ${interval(row.low, row.high)}`,
  }));
  return {
    data: {values},
    height: 300,
    layer: [
      ...rules(
        values.filter((row) => known(row.low)),
        {...encoding, y: {...y, field: "low"}, y2: {field: "high"}, tooltip},
      ),
      {
        mark: {type: "line", strokeWidth: 1.6, opacity: 0.8},
        encoding: {...encoding, y: {...y, field: "mean"}, strokeDash: scales.strokeDash},
      },
      {
        mark: {type: "point", filled: true, size: 80, opacity: 1},
        encoding: {...encoding, y: {...y, field: "mean"}, shape: scales.shape, tooltip},
      },
    ],
  };
}

/** Share of all relevant items that is still there after each kind of stage; no mark where a variant has no such stage. */
function funnelSpec(rows, context) {
  const scales = variantScales(context.variants, context.baseline);
  const x = {
    field: "stage",
    type: "ordinal",
    sort: context.stages,
    scale: {domain: context.stages},
    axis: {title: "kept after", labelAngle: 0},
  };
  const y = {
    field: "share",
    type: "quantitative",
    axis: {title: "share of the relevant items", format: ".0%", tickCount: 6},
  };
  const tooltip = tip(["variant", "variant"], ["stage", "after"], ["label", "kept"]);
  return {
    data: {values: lined(rows)},
    height: 280,
    layer: [
      {
        mark: {type: "line", strokeWidth: 1.8, opacity: 0.85},
        encoding: {x, y, color: scales.color, strokeDash: scales.strokeDash},
      },
      {
        data: {values: rows.filter((row) => !row.passes)},
        mark: {type: "point", filled: true, size: 80, opacity: 1},
        encoding: {x, y, color: scales.color, shape: scales.shape, tooltip},
      },
    ],
  };
}

/** How the requests differ, one panel a variant; requests without a difference are left out. */
function differenceSpec(rows, context) {
  const bars = rows
    .flatMap((row) => {
      const width = (2 * row.reach) / row.counts.length;
      const middle = (row.counts.length - 1) / 2;
      return row.counts.map((n, i) => ({
        variant: row.variant,
        from: -row.reach + i * width,
        to: -row.reach + (i + 1) * width,
        n: i === middle ? n - (row.n - row.up - row.down) : n,
        side: i > middle ? "up" : i < middle ? "down" : "none",
      }));
    })
    .filter((bar) => bar.n > 0);
  const good = context.higher ? "up" : "down";
  const colours = {
    up: cssColour(good === "up" ? "--good" : "--bad"),
    down: cssColour(good === "up" ? "--bad" : "--good"),
    none: cssColour("--open"),
  };
  return {
    data: {values: bars},
    mark: {type: "bar", binSpacing: 0.5},
    height: isPrinting() ? 40 : 74,
    encoding: {
      row: {
        field: "variant",
        type: "nominal",
        sort: rows.map((row) => row.variant),
        title: null,
        header: {
          labelExpr: shortLabels(
            rows.map((row) => row.variant),
            isNarrow() ? 260 : 500,
          ),
          labelLimit: 0,
          labelAngle: 0,
          labelAlign: "left",
          labelOrient: "top",
          labelAnchor: "start",
          labelPadding: 2,
        },
      },
      x: {
        field: "from",
        type: "quantitative",
        bin: {binned: true},
        axis: {title: `difference of ${context.metric} on one request (${context.unit})`, tickCount: 7},
      },
      x2: {field: "to"},
      y: {field: "n", type: "quantitative", axis: {title: "requests", tickCount: 3}},
      color: {
        field: "side",
        type: "nominal",
        legend: null,
        scale: {domain: Object.keys(colours), range: Object.values(colours)},
      },
      tooltip: [
        {field: "n", title: "requests"},
        {field: "from", title: "from", format: ".3f"},
        {field: "to", title: "to", format: ".3f"},
      ],
    },
    spacing: 14,
  };
}

function cdfSpec(curves, context) {
  const scales = variantScales(context.variants, context.baseline);
  const rows = curves
    .flatMap((curve) =>
      curve.ms.map((ms, i) => ({variant: curve.variant, ms, share: i / (curve.ms.length - 1)})),
    )
    .filter((row) => row.ms > 0);
  return {
    data: {values: rows},
    height: 300,
    mark: {type: "line", interpolate: "step-after", strokeWidth: 1.8},
    encoding: {
      x: {
        field: "ms",
        type: "quantitative",
        scale: {type: "log", nice: false},
        axis: {
          title: context.title,
          format: "~g",
          values: logTicks(Math.min(...rows.map((row) => row.ms)), Math.max(...rows.map((row) => row.ms))),
        },
      },
      y: {field: "share", type: "quantitative", axis: {title: context.share, format: ".0%", tickCount: 5}},
      color: scales.color,
      strokeDash: scales.labelledDash,
    },
  };
}
