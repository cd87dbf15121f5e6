"use strict";
// Vega-Lite specifications of the first charts: each function takes plain rows and gives one.

/** What is said of each row, in a column on the right; where there is no room for one, above the row. */
function forestWords(values, y) {
  if (isNarrow()) {
    const halo = {stroke: cssColour("--paper"), strokeWidth: 3, strokeJoin: "round"};
    const encoding = {
      y: {...y, axis: null},
      x: {field: "difference", type: "quantitative"},
      text: {field: "short"},
      color: {value: cssColour("--ink")},
    };
    // Words near an edge grow away from it.
    const ends = values.flatMap((row) => [row.low, row.high, 0]).filter(known);
    const place = (row) => (row.difference - Math.min(...ends)) / (Math.max(...ends) - Math.min(...ends) || 1);
    const alignOf = (row) => (place(row) > 0.7 ? "right" : place(row) < 0.3 ? "left" : "center");
    const layers = ["left", "center", "right"].flatMap((align) => {
      const data = {values: values.filter((row) => alignOf(row) === align)};
      const mark = {type: "text", dy: -13, align, fontSize: 11.5};
      return data.values.length > 0
        ? [
            {data, mark: {...mark, ...halo}, encoding},
            {data, mark, encoding},
          ]
        : [];
    });
    return {layer: layers};
  }
  const words = Object.fromEntries(values.map((row) => [row.variant, row.label]));
  const axis = {
    ...y.axis,
    orient: "right",
    labelExpr: `(${JSON.stringify(words)})[datum.value]`,
    labelColor: cssColour("--ink"),
    labelLimit: 0,
    labelPadding: 10,
  };
  return {mark: {type: "point", opacity: 0}, encoding: {y: {...y, axis}}};
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
    axis: {
      title: null,
      ticks: false,
      domain: false,
      labelLimit: 0,
      labelExpr: shortLabels(order, isNarrow() ? 145 : 250),
    },
  };
  const side = {field: "side", type: "nominal", legend: null};
  const tooltip = tip(["variant", "variant"], ["label", "difference"], ["n", "n"], ["method", "method"]);
  const measured = values.filter((row) => known(row.low) && known(row.high));
  const intervals = {
    data: {values: measured},
    mark: {type: "rule", strokeWidth: 3, strokeCap: "round"},
    encoding: {x: {field: "low", type: "quantitative"}, x2: {field: "high"}, tooltip},
  };
  const points = {
    mark: {type: "point", filled: true, size: 110, opacity: 1},
    encoding: {
      x: {field: "difference", type: "quantitative"},
      tooltip,
      shape: {
        ...side,
        scale: {domain: ["better", "worse", "open"], range: ["triangle-up", "triangle-down", "circle"]},
      },
    },
  };
  const color = {...side, scale: {domain: Object.keys(marks), range: Object.values(marks)}};
  const layers = [
    {
      data: {values: [{at: 0}]},
      mark: {type: "rule", strokeWidth: 1.2},
      encoding: {x: {field: "at", type: "quantitative"}},
    },
    ...(measured.length > 0 ? [intervals, points] : [points]).map((layer, i) => ({
      ...layer,
      encoding: {y: i === 0 ? y : {...y, axis: null}, color, ...layer.encoding},
    })),
    forestWords(values, y),
  ];
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
    resolve: {axis: {y: "independent"}},
    height: (isNarrow() ? 46 : 32) * values.length,
    encoding: {
      x: {
        type: "quantitative",
        axis: {
          title: isNarrow()
            ? `difference of ${context.metric}`
            : `difference of ${context.metric} to ${cutName(context.baseline, 40)} (${context.unit})`,
          tickCount: isNarrow() ? 3 : 6,
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

/** A layer of intervals; none where nothing has one, as Vega warns of a scale without values. */
function rules(values, encoding) {
  if (values.length === 0) return [];
  return [{data: {values}, mark: {type: "rule", strokeWidth: 1.6, opacity: 0.75}, encoding}];
}

function paretoSpec(points, context) {
  const scales = variantScales(context.variants, context.baseline);
  const times = points.map((p) => p.ms);
  const {log, ...scale} = timeScale(times);
  const x = {
    field: "ms",
    type: "quantitative",
    scale: {...scale.scale, padding: 24},
    axis: {
      title: isNarrow()
        ? `${context.quantile}, ms${log ? " (log)" : ""}; lower is better`
        : `${context.quantile} of the latency (ms${log ? ", log" : ""}; lower is better)`,
      ...scale.axis,
    },
  };
  const y = {
    field: "mean",
    type: "quantitative",
    scale: {zero: false, padding: 16},
    axis: {title: `${context.metric} (${context.unit})`, tickCount: 6},
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
      ...rules(
        points.filter((p) => known(p.low)),
        {x, y: {...y, field: "low"}, y2: {field: "high"}, color},
      ),
      ...rules(
        points.filter((p) => known(p.ms_low)),
        {x: {...x, field: "ms_low"}, x2: {field: "ms_high"}, y, color},
      ),
      {
        data: {values: points},
        mark: {type: "point", filled: true, size: 110, opacity: 1},
        encoding: {x, y, color, shape, tooltip},
      },
    ],
  };
}
