"use strict";
// Vega-Lite specifications: each function takes plain rows and gives one. Colours are those of Okabe and
// Ito, which most colour-blind readers tell apart; shapes and dashes say the same without colour.

const OKABE_ITO = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d3b"];
const OKABE_ITO_DARK = ["#4aa8e0", "#f28a45", "#2fc79c", "#e29cc4", "#f0b429", "#8fd0f5", "#c9a66b"];
const SHAPES = ["circle", "square", "triangle-up", "diamond", "triangle-down", "cross", "triangle-right"];
const DASHES = [
  [1, 0],
  [6, 3],
  [2, 2],
];

function isDark() {
  return window.matchMedia("(prefers-color-scheme: dark)").matches && !window.printing;
}
function isNarrow() {
  return window.innerWidth < 640;
}
function cssColour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** How variants look, the same in every chart: the baseline is grey. */
function variantScales(variants, baseline) {
  const palette = isDark() ? OKABE_ITO_DARK : OKABE_ITO;
  const others = variants.filter((name) => name !== baseline);
  const place = (name) => others.indexOf(name);
  const pick = (list, rest) =>
    variants.map((name) => (name === baseline ? rest : list[place(name) % list.length]));
  const legend = {
    title: null,
    orient: "bottom",
    columns: isNarrow() ? 2 : 4,
    symbolStrokeWidth: 2,
    labelLimit: 210,
  };
  return {
    color: {
      field: "variant",
      type: "nominal",
      sort: null,
      legend,
      scale: {domain: variants, range: pick(palette, isDark() ? "#a6afb6" : "#6b7480")},
    },
    shape: {
      field: "variant",
      type: "nominal",
      sort: null,
      legend,
      scale: {domain: variants, range: pick(SHAPES, "circle")},
    },
    strokeDash: {
      field: "variant",
      type: "nominal",
      sort: null,
      legend,
      scale: {
        domain: variants,
        range: variants.map(
          (name) => DASHES[Math.floor(Math.max(place(name), 0) / palette.length) % DASHES.length],
        ),
      },
    },
  };
}

function chartConfig() {
  const ink = cssColour("--ink");
  const quiet = cssColour("--quiet");
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: "transparent",
    font,
    view: {stroke: null},
    padding: 4,
    axis: {
      labelColor: quiet,
      titleColor: quiet,
      titleFontWeight: 500,
      labelFontSize: 12,
      titleFontSize: 12,
      gridColor: cssColour("--grid"),
      domainColor: cssColour("--line"),
      tickColor: cssColour("--line"),
      labelLimit: 190,
      titlePadding: 8,
    },
    legend: {labelColor: ink, titleColor: quiet, labelFontSize: 12},
    header: {labelColor: ink, labelFontSize: 12, titleColor: quiet, labelFontWeight: 500},
    text: {color: ink, fontSize: 12},
    rule: {color: quiet},
  };
}

function tip(...fields) {
  return fields.map(([field, title]) => ({field, title, type: "nominal"}));
}

/** Differences to the baseline with their intervals; the band is what counts as equivalent. */
function forestSpec(rows, context) {
  const marks = {better: cssColour("--good"), worse: cssColour("--bad"), open: cssColour("--open")};
  const values = rows.map((row) => ({
    ...row,
    side: sideOf(row.verdict),
    label: `${differenceText(row.difference, row.low, row.high)} \u00b7 ${row.verdict}`,
    short: row.verdict,
  }));
  const order = values.map((row) => row.variant);
  const y = {
    field: "variant",
    type: "nominal",
    sort: order,
    axis: {title: null, ticks: false, domain: false},
  };
  const side = {field: "side", type: "nominal", legend: null};
  const tooltip = tip(["variant", "variant"], ["label", "difference"], ["n", "n"], ["method", "method"]);
  const layers = [
    {
      data: {values: [{at: 0}]},
      mark: {type: "rule", strokeWidth: 1.2},
      encoding: {x: {field: "at", type: "quantitative"}},
    },
    {
      mark: {type: "rule", strokeWidth: 3, strokeCap: "round"},
      encoding: {x: {field: "low", type: "quantitative"}, x2: {field: "high"}, tooltip},
    },
    {
      mark: {type: "point", filled: true, size: 110, opacity: 1},
      encoding: {
        x: {field: "difference", type: "quantitative"},
        tooltip,
        shape: {
          ...side,
          scale: {domain: ["better", "worse", "open"], range: ["triangle-up", "triangle-down", "circle"]},
        },
      },
    },
    {
      mark: {type: "text", dy: -13, align: "center", fontSize: 11.5},
      encoding: {
        x: {field: "difference", type: "quantitative"},
        text: {field: isNarrow() ? "short" : "label"},
        color: {value: cssColour("--ink")},
      },
    },
  ].map((layer, i) =>
    i === 0
      ? layer
      : {
          ...layer,
          encoding: {
            y,
            color: {...side, scale: {domain: Object.keys(marks), range: Object.values(marks)}},
            ...layer.encoding,
          },
        },
  );
  if (known(context.margin)) {
    layers.unshift({
      data: {values: [{from: -context.margin, to: context.margin}]},
      mark: {type: "rect", color: cssColour("--wash")},
      encoding: {x: {field: "from", type: "quantitative"}, x2: {field: "to"}},
    });
  }
  return {
    data: {values},
    layer: layers,
    height: 46 * values.length,
    encoding: {
      x: {
        type: "quantitative",
        axis: {
          title: `difference of ${context.metric} to ${context.baseline} (${context.unit})`,
          tickCount: 6,
        },
      },
    },
  };
}

function sideOf(verdict) {
  return verdict === "better" || verdict === "worse" ? verdict : "open";
}

/** Those that no other variant beats in both quality and time. */
function paretoFront(points, higher) {
  const better = (a, b) => (higher ? a.mean > b.mean : a.mean < b.mean);
  return points
    .filter(
      (p) => !points.some((q) => q !== p && q.ms <= p.ms && !better(p, q) && (q.ms < p.ms || better(q, p))),
    )
    .sort((a, b) => a.ms - b.ms);
}

function paretoSpec(points, context) {
  const scales = variantScales(context.variants, context.baseline);
  const times = points.map((p) => p.ms);
  const log = Math.max(...times) / Math.min(...times) > 15;
  const x = {
    field: "ms",
    type: "quantitative",
    scale: {type: log ? "log" : "linear", nice: false, padding: 24, ...(log ? {} : {zero: false})},
    axis: {
      title: `${context.quantile} of the time to answer (ms${log ? ", log" : ""}; less is better)`,
      tickCount: 6,
      format: "~g",
    },
  };
  const y = {
    field: "mean",
    type: "quantitative",
    scale: {zero: false, padding: 16},
    axis: {title: context.metric, tickCount: 6},
  };
  const {color, shape} = scales;
  const tooltip = tip(
    ["variant", "variant"],
    ["quality", context.metric],
    ["time", context.quantile],
    ["n", "n"],
  );
  const front = paretoFront(points, context.higher);
  return {
    height: 340,
    layer: [
      {
        data: {values: front},
        mark: {
          type: "line",
          interpolate: "step-after",
          strokeDash: [3, 3],
          color: cssColour("--quiet"),
          opacity: 0.7,
        },
        encoding: {x, y},
      },
      {
        data: {values: points},
        mark: {type: "rule", strokeWidth: 1.6, opacity: 0.75},
        encoding: {x, y: {...y, field: "low"}, y2: {field: "high"}, color},
      },
      {
        data: {values: points.filter((p) => known(p.ms_low))},
        mark: {type: "rule", strokeWidth: 1.6, opacity: 0.75},
        encoding: {x: {...x, field: "ms_low"}, x2: {field: "ms_high"}, y, color},
      },
      {
        data: {values: points},
        mark: {type: "point", filled: true, size: 110, opacity: 1},
        encoding: {x, y, color, shape, tooltip},
      },
    ],
  };
}

function curveSpec(rows, context) {
  const scales = variantScales(context.variants, context.baseline);
  const cutoffs = [...new Set(rows.map((row) => row.cutoff))].sort((a, b) => a - b);
  // Variants stand side by side at each cutoff, so that their intervals do not hide each other.
  const shift = (variant) =>
    0.5 * ((context.variants.indexOf(variant) + 0.5) / context.variants.length - 0.5);
  const x = {
    field: "at",
    type: "quantitative",
    scale: {domain: [-0.4, cutoffs.length - 0.6]},
    axis: {
      title: "k, length of the list that counts",
      values: cutoffs.map((_, i) => i),
      grid: false,
      labelExpr: `${JSON.stringify(cutoffs)}[round(datum.value)]`,
    },
  };
  const y = {type: "quantitative", scale: {zero: false}, axis: {title: context.metric, tickCount: 6}};
  const tooltip = tip(["variant", "variant"], ["cutoff", "k"], ["label", context.metric], ["n", "n"]);
  const encoding = {x, color: scales.color};
  return {
    data: {
      values: rows.map((row) => ({
        ...row,
        at: cutoffs.indexOf(row.cutoff) + shift(row.variant),
        label: `${fmt(row.mean)} ${interval(row.low, row.high)}`,
      })),
    },
    height: 300,
    layer: [
      {
        transform: [{filter: "isValid(datum.low)"}],
        mark: {type: "rule", strokeWidth: 1.6, opacity: 0.6},
        encoding: {...encoding, y: {...y, field: "low"}, y2: {field: "high"}, tooltip},
      },
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

/** Share of all relevant items that is still there after each kind of stage. */
function funnelSpec(rows, context) {
  const scales = variantScales(context.variants, context.baseline);
  const x = {
    field: "stage",
    type: "ordinal",
    sort: context.stages,
    axis: {title: "still there after", labelAngle: 0},
  };
  const y = {
    field: "share",
    type: "quantitative",
    axis: {title: "share of the relevant items", format: ".0%", tickCount: 6},
  };
  const tooltip = tip(["variant", "variant"], ["stage", "after"], ["label", "kept"]);
  return {
    data: {values: rows},
    height: 280,
    layer: [
      {
        mark: {type: "line", strokeWidth: 1.8, opacity: 0.85},
        encoding: {x, y, color: scales.color, strokeDash: scales.strokeDash},
      },
      {
        mark: {type: "point", filled: true, size: 80, opacity: 1},
        encoding: {x, y, color: scales.color, shape: scales.shape, tooltip},
      },
    ],
  };
}

/** Slices against variants: difference of the mean to the baseline's, or the mean where there is none. */
function sliceSpec(rows, context) {
  const reach = Math.max(...rows.map((row) => Math.abs(row.value)), 1e-9);
  const range = isDark() ? ["#f28a45", "#2a3035", "#4aa8e0"] : ["#d55e00", "#f4f4f2", "#0072b2"];
  const x = {
    field: "variant",
    type: "nominal",
    sort: context.variants,
    axis: {title: null, labelAngle: isNarrow() ? -90 : -20, orient: "top", labelLimit: 120},
  };
  const y = {field: "slice", type: "nominal", sort: null, axis: {title: null}};
  return {
    data: {values: rows},
    height: 34 * new Set(rows.map((row) => row.slice)).size,
    layer: [
      {
        mark: {type: "rect", cornerRadius: 3, stroke: cssColour("--paper"), strokeWidth: 2},
        encoding: {
          x,
          y,
          color: {
            field: "value",
            type: "quantitative",
            scale: {domain: [-reach, 0, reach], range},
            legend: {title: null, orient: "bottom"},
          },
          tooltip: tip(["variant", "variant"], ["slice", "slice"], ["label", context.metric], ["n", "n"]),
        },
      },
      {
        mark: {type: "text", fontSize: 11},
        encoding: {
          x,
          y,
          text: {field: "label"},
          color: {
            condition: {test: `abs(datum.value) > ${0.6 * reach}`, value: isDark() ? "#14181b" : "#ffffff"},
            value: cssColour("--ink"),
          },
        },
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
    height: 74,
    encoding: {
      row: {
        field: "variant",
        type: "nominal",
        sort: rows.map((row) => row.variant),
        title: null,
        header: {
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
        axis: {title: `difference of ${context.metric} on one request`, tickCount: 7},
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
        axis: {title: context.title, tickCount: 6, format: "~g"},
      },
      y: {field: "share", type: "quantitative", axis: {title: context.share, format: ".0%", tickCount: 5}},
      color: scales.color,
      strokeDash: scales.strokeDash,
    },
  };
}
