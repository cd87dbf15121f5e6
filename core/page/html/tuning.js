"use strict";
// The section of a data set about how values were tuned, and the Vega-Lite specification of it.

/** Best value so far of each tuned variant, as a line of steps. */
function tuningSpec(trials, field, titles, context) {
  const scales = variantScales(context.variants, context.baseline);
  const seen = new Map();
  const values = trials
    .filter((row) => known(row.best))
    .map((row) => {
      const step = (seen.get(row.variant) || 0) + 1;
      seen.set(row.variant, step);
      return {
        variant: row.variant,
        line: row.variant,
        x: field === "trials" ? step : row.total_seconds,
        best: row.best,
        value: known(row.value) ? fmt(row.value) : row.status,
        params: row.params,
      };
    });
  const x = {field: "x", type: "quantitative", axis: {title: titles.x}};
  const y = {field: "best", type: "quantitative", scale: {zero: false}, axis: {title: titles.y, tickCount: 6}};
  return {
    data: {values},
    height: 260,
    layer: [
      {
        mark: {type: "line", strokeWidth: 1.7, interpolate: "step-after"},
        encoding: {x, y, color: scales.color, strokeDash: scales.strokeDash},
      },
      {
        mark: {type: "point", filled: true, size: 26},
        encoding: {
          x,
          y,
          color: scales.color,
          tooltip: tip(["variant", "variant"], ["value", "value"], ["best", "best so far"], ["params", "values"]),
        },
      },
    ],
  };
}

/** "factors = 64, regularization = 0.03". */
function tunedValues(params) {
  return Object.entries(JSON.parse(params))
    .map(([name, value]) => `${name.slice(name.lastIndexOf(".") + 1)} = ${typeof value === "number" ? fmt(value) : value}`)
    .join(", ");
}

function tuningNumbers(trials) {
  const columns = [
    {name: "variant"},
    {name: "trial", num: true},
    {name: "values"},
    {name: "status"},
    {name: "value", num: true},
    {name: "best so far", num: true},
    {name: "seconds", num: true},
  ];
  const cells = trials.map((row) => [
    row.variant,
    count(row.trial + 1) + (row.rung > 0 ? `, rung ${row.rung}` : ""),
    tunedValues(row.params),
    row.chosen ? `${row.status}, chosen` : row.status,
    known(row.value) ? fmt(row.value) : row.reason || DASH,
    known(row.best) ? fmt(row.best) : DASH,
    fmt(row.seconds),
  ]);
  return table(columns, cells);
}

/** A row a variant: its budget, what it used of it, and what was chosen. */
function tuningSummary(trials) {
  const variants = [...new Set(trials.map((row) => row.variant))];
  const cells = variants.map((variant) => {
    const own = trials.filter((row) => row.variant === variant);
    const chosen = own.find((row) => row.chosen);
    const number = (status) => own.filter((row) => row.status === status).length;
    return [
      variant,
      chosen ? tunedValues(chosen.params) : DASH,
      `${new Set(own.map((row) => row.trial)).size} of ${count(own[0].budget)}`,
      count(number("pruned")),
      count(number("failed")),
      fmt(own.reduce((sum, row) => sum + row.seconds, 0)),
    ];
  });
  return table(
    [
      {name: "variant"},
      {name: "chosen"},
      {name: "trials", num: true},
      {name: "pruned", num: true},
      {name: "failed", num: true},
      {name: "seconds", num: true},
    ],
    cells,
  );
}

function tuningSection(dataset) {
  const {tuning} = dataset;
  if (tuning.length === 0) return null;
  const y = `best ${metricName(tuning[0].metric, tuning[0].cutoff)} so far`;
  const titles = {trials: "trials", seconds: "seconds of fits and of judging"};
  const make = (field) =>
    markedChart(
      "tuning",
      `${y}, against ${titles[field]}`,
      () => tuningSpec(drawnOnly(tuning), field, {x: titles[field], y}, context),
      tuningNumbers(tuning),
    );
  return section(
    `tuning-${dataset.place}`,
    "Tuning",
    "Values were chosen on the validation window, by the whole pipeline; the test window was looked at once, with what " +
      "was chosen.",
    tuningSummary(tuning),
    chosenFigure("Against", Object.entries(titles), "trials", make),
  );
}
