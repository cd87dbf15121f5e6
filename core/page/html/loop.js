"use strict";
// The section of a data set about the days of a loop, and the Vega-Lite specification of them.

const LOOP_MEASURES = [
  ["clicks", "Expected clicks a request", "expected clicks a request"],
  ["coverage", "Share of the items that are shown", "coverage"],
  ["gini", "How unevenly items are shown (0: all alike)", "Gini index of exposure"],
  ["diversity", "How much the items of a list differ", "1 - mean cosine of two items"],
];

/** A line a variant, over the days. */
function loopSpec(rows, title, context) {
  const scales = variantScales(context.variants, context.baseline);
  const values = rows.map((row) => ({
    variant: row.variant,
    line: row.variant,
    day: row.day,
    value: row.value,
    label: fmt(row.value),
    difference: known(row.difference) ? `${fmt(row.difference)} ${interval(row.ci_low, row.ci_high)}` : DASH,
  }));
  const x = {field: "day", type: "quantitative", axis: {title: "day of the loop", tickMinStep: 1, format: "d"}};
  const y = {field: "value", type: "quantitative", scale: {zero: false}, axis: {title, tickCount: 5}};
  return {
    data: {values},
    height: 220,
    layer: [
      {
        mark: {type: "line", strokeWidth: 1.7},
        encoding: {x, y, color: scales.color, strokeDash: scales.strokeDash},
      },
      {
        mark: {type: "point", filled: true, size: 36},
        encoding: {
          x,
          y,
          color: scales.color,
          tooltip: tip(["variant", "variant"], ["day", "day"], ["label", title], ["difference", "to the baseline"]),
        },
      },
    ],
  };
}

function loopNumbers(rows) {
  const cells = rows.map((row) => [
    row.variant,
    count(row.day),
    known(row.value) ? fmt(row.value) : row.reason || DASH,
    known(row.difference) ? `${fmt(row.difference)} ${interval(row.ci_low, row.ci_high)}` : DASH,
  ]);
  return table(
    [{name: "variant"}, {name: "day", num: true}, {name: "value", num: true}, {name: "difference to the baseline", num: true}],
    cells,
  );
}

function loopSection(dataset) {
  const all = (page.loop || []).filter((row) => row.dataset === dataset.name && row.day > 0);
  if (all.length === 0) return null;
  return section(
    `loop-${dataset.place}`,
    "Days of the loop",
    "Each variant learns from what was clicked on its own lists of the days before.",
    LOOP_MEASURES.map(([measure, label, title]) => {
      const rows = all.filter((row) => row.measure === measure);
      const drawn = drawnOnly(rows).filter((row) => known(row.value));
      return drawn.length > 0
        ? markedChart(`loop-${measure}`, label, () => loopSpec(drawn, title, context), loopNumbers(rows))
        : null;
    }),
  );
}
