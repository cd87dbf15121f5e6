"use strict";
// The section of a data set about how its models were trained, and the Vega-Lite specification of it.

/** Curves of fits: a colour a variant, a line a seed, fold and stage. */
function learningSpec(lines, context) {
  const scales = variantScales(context.variants, context.baseline);
  const places = [...new Set(lines.map((line) => line.place))];
  const values = lines.flatMap((line, i) =>
    line.points.map(([step, value]) => ({
      fitted: i,
      line: line.variant,
      variant: line.variant,
      fit: fitName(line),
      place: line.place,
      step,
      value,
      label: fmt(value),
    })),
  );
  const few = values.length <= 60 * lines.length;
  const x = {field: "step", type: "quantitative", axis: {title: "step (epoch, sweep)", tickMinStep: 1}};
  const y = {
    field: "value",
    type: "quantitative",
    scale: {zero: false},
    axis: {title: context.title, tickCount: 6},
  };
  const line = {field: "fitted", type: "nominal"};
  const dashes = {
    field: "place",
    type: "nominal",
    sort: null,
    legend: {title: "stage", orient: "bottom", labelLimit: 260, symbolStrokeWidth: 2},
    scale: {domain: places, range: places.map((_, i) => DASHES[i % DASHES.length])},
  };
  return {
    data: {values: values.filter((row) => known(row.value))},
    height: 300,
    layer: [
      {
        mark: {type: "line", strokeWidth: 1.7, opacity: 0.85},
        encoding: {
          x,
          y,
          detail: line,
          color: scales.color,
          strokeDash: places.length > 1 ? dashes : scales.strokeDash,
        },
      },
      {
        mark: {type: "point", filled: true, size: few ? 36 : 12, opacity: few ? 1 : 0.5},
        encoding: {
          x,
          y,
          detail: line,
          color: scales.color,
          tooltip: tip(["variant", "variant"], ["fit", "fit"], ["step", "step"], ["label", context.title]),
        },
      },
    ],
  };
}

/** "recall[0], seed 2, fold 1": what tells the fits of one variant apart. */
function fitName(row) {
  return [
    row.place,
    known(row.seed) ? `seed ${row.seed}` : "",
    row.fold === "all" ? "" : `fold ${row.fold}`,
  ]
    .filter(Boolean)
    .join(", ");
}

function curveNumbers(lines) {
  const cells = lines.map((line) => {
    const numbers = line.points.filter(([, value]) => known(value));
    const values = numbers.map(([, value]) => value);
    const at = (place) => (numbers.length > 0 ? fmt(numbers.at(place)[1]) : DASH);
    return [
      line.variant,
      fitName(line),
      line.plugin,
      count(line.all),
      at(0),
      at(-1),
      values.length > 0 ? fmt(Math.min(...values)) : DASH,
      values.length > 0 ? fmt(Math.max(...values)) : DASH,
    ];
  });
  return table(
    [
      {name: "variant"},
      {name: "fit"},
      {name: "strategy"},
      {name: "steps", num: true},
      {name: "first", num: true},
      {name: "last", num: true},
      {name: "lowest", num: true},
      {name: "highest", num: true},
    ],
    cells,
  );
}

function curvesView(training) {
  if (training.curves.length === 0) return null;
  const titles = [...new Set(training.curves.map((line) => line.title))];
  const validation = training.curves.find((line) => line.curve === "host.validation");
  const first = validation ? validation.title : titles[0];
  const make = (shown) => {
    const lines = training.curves.filter((line) => line.title === shown);
    return markedChart(
      "learning",
      `${shown} step by step`,
      () => learningSpec(drawnOnly(lines), {...context, title: shown}),
      curveNumbers(lines),
    );
  };
  return chosenFigure(
    "Curve",
    titles.map((title) => [title, title]),
    first,
    make,
  );
}

/** A row a fit that validated: what it chose, and its metrics on the validation window. */
function validationView(training) {
  const key = (row) => JSON.stringify([row.variant, fitName(row)]);
  const metrics = [...new Set(training.values.map((row) => metricName(row.metric, row.cutoff)))];
  const fits = new Map();
  for (const row of training.values) {
    if (!fits.has(key(row))) fits.set(key(row), {...row, values: new Map()});
    fits.get(key(row)).values.set(metricName(row.metric, row.cutoff), row);
  }
  if (fits.size === 0) return null;
  const chosen = (fit) =>
    training.chosen
      .filter((row) => key(row) === key(fit))
      .map((row) => `${row.key} = ${row.value}`)
      .join(", ");
  const cells = [...fits.values()].map((fit) => [
    fit.variant,
    fitName(fit),
    fit.plugin,
    chosen(fit) || DASH,
    count(Math.max(...[...fit.values.values()].map((row) => row.requests))),
    ...metrics.map((name) => {
      const row = fit.values.get(name);
      return row && known(row.value) ? fmt(row.value) : DASH;
    }),
  ]);
  return [
    el("h3", {}, "On the validation window"),
    el(
      "p",
      {class: "note"},
      "Each model that validates, on the sample of the validation window by which it was chosen: higher than what it " +
        "reaches on the test window is to be expected. Where there is a final refit, these are of the fit before it.",
    ),
    table(
      [
        {name: "variant"},
        {name: "fit"},
        {name: "strategy"},
        {name: "chosen"},
        {name: "n", num: true},
        ...metrics.map((name) => ({name, num: true})),
      ],
      cells,
    ),
  ];
}

function trainingSection(dataset) {
  const {training} = dataset;
  if (training.curves.length === 0 && training.values.length === 0) return null;
  const long = training.curves.some((line) => line.points.length < line.all);
  return section(
    `training-${dataset.place}`,
    "Learning curves",
    "What strategies and the host noted while models were trained, a line for each fit." +
      (long ? " Of long curves some 300 evenly spaced steps are shown." : ""),
    curvesView(training),
    validationView(training),
  );
}
