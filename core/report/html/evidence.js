"use strict";
// The sections of a data set that say why: cutoffs, stages, slices, single requests, times, power.

function curveSection(dataset) {
  const id = `curves-${dataset.place}`;
  const names = [...new Set(dataset.curves.map((row) => row.metric))];
  if (names.length === 0)
    return section(id, "How long a list counts", "Every metric was computed at one cutoff only.");
  const first = names.includes(page.metric.name) ? page.metric.name : names[0];
  const make = (shown) => {
    const rows = dataset.curves.filter((row) => row.metric === shown);
    const unit = (page.definitions.find((one) => one.name === shown) || {}).unit;
    return chart(
      "curves",
      `${shown} at several cutoffs`,
      () => curveSpec(rows, {...context, metric: unit && unit !== "1" ? `${shown} (${unit})` : shown}),
      table(
        [
          {name: "variant"},
          {name: "k", num: true},
          {name: shown, num: true},
          {name: "interval", num: true},
          {name: "n", num: true},
        ],
        rows.map((row) => [
          row.variant,
          count(row.cutoff),
          fmt(row.mean),
          interval(row.low, row.high),
          row.n > 0 ? count(row.n) : DASH,
        ]),
      ),
    );
  };
  return section(
    id,
    "How long a list counts",
    `The mean of a metric over the first k places, with its ${confidence()} interval where it has one; n = ${count(dataset.board.n)}.`,
    chosenFigure(
      "Metric",
      names.map((name) => [name, name]),
      first,
      make,
    ),
  );
}

function funnelRows(dataset) {
  const kinds = ["recall", "rank", "rerank", "served"];
  return allVariants.flatMap((variant) => {
    const own = dataset.funnel.filter((row) => row.variant === variant);
    const first =
      own.find((row) => row.stage === "recall") || own.find((row) => row.stage.startsWith("recall"));
    if (!first || first.relevant <= 0) return [];
    return own
      .filter((row) => kinds.includes(row.stage))
      .sort((a, b) => kinds.indexOf(a.stage) - kinds.indexOf(b.stage))
      .map((row) => ({
        variant,
        stage: row.stage,
        share: row.kept / first.relevant,
        label: `${fmt(row.kept, 1)} of ${fmt(first.relevant, 1)} (${percent(row.kept / first.relevant)})`,
      }));
  });
}

function funnelSection(dataset) {
  const id = `funnel-${dataset.place}`;
  const rows = funnelRows(dataset);
  const stages = ["recall", "rank", "rerank", "served"].filter((stage) =>
    rows.some((row) => row.stage === stage),
  );
  const numbers = table(
    [
      {name: "variant"},
      {name: "stage"},
      {name: "relevant on entry", num: true},
      {name: "still there", num: true},
      {name: "lost here", num: true},
      {name: "trials", num: true},
    ],
    dataset.funnel.map((row) => [
      row.variant,
      row.stage,
      fmt(row.relevant, 1),
      fmt(row.kept, 1),
      percent(1 - row.kept / row.relevant),
      count(row.trials),
    ]),
  );
  if (rows.length === 0)
    return section(id, "Where relevant items get lost", "The file does not say what each stage kept.");
  return section(
    id,
    "Where relevant items get lost",
    `Of all relevant items of the ${count(dataset.board.n)} requests, the share that is still in the list after each stage (mean over seeds). What recall misses, no later stage can bring back.`,
    chart(
      "funnel",
      "Share of relevant items after each stage",
      () => funnelSpec(rows, {...context, stages}),
      numbers,
    ),
  );
}

function sliceSection(dataset) {
  const id = `slices-${dataset.place}`;
  if (dataset.slices.length === 0)
    return section(id, "Slices", "This run has no slices: every number is over all requests.");
  const rows = dataset.slices.flatMap((row) => {
    if (row.variant === page.baseline) return [];
    const base = dataset.slices.find((one) => one.variant === page.baseline && one.slice === row.slice);
    if (!base) return [];
    return [
      {
        variant: row.variant,
        slice: `${row.slice} (n = ${count(row.n)})`,
        value: row.mean - base.mean,
        label: signed(row.mean - base.mean, 3),
        n: count(row.n),
      },
    ];
  });
  const numbers = table(
    [
      {name: "slice"},
      {name: "variant"},
      {name: metric, num: true},
      {name: "interval", num: true},
      {name: "n", num: true},
    ],
    dataset.slices.map((row) => [
      row.slice,
      row.variant,
      fmt(row.mean),
      interval(row.low, row.high),
      count(row.n),
    ]),
  );
  const worst = dataset.slices
    .filter((row) => row.variant !== page.baseline)
    .sort((a, b) => (page.metric.higher ? a.mean - b.mean : b.mean - a.mean))[0];
  return section(
    id,
    "Slices",
    `Difference of ${metric} to ${page.baseline} on each part of the requests. These are exploratory: without a test, small parts differ by chance.` +
      (worst
        ? ` The lowest of all is ${worst.variant} on ${worst.slice}: ${fmt(worst.mean)} (n = ${count(worst.n)}).`
        : ""),
    rows.length > 0
      ? chart(
          "slices",
          `${metric} by slice`,
          () => sliceSpec(rows, {...context, variants: allVariants.filter((name) => name !== page.baseline)}),
          numbers,
        )
      : numbers,
  );
}

function differenceSection(dataset) {
  const id = `differences-${dataset.place}`;
  const rows = dataset.differences;
  if (rows.length === 0)
    return section(id, "Request by request", "No variant was compared request by request here.");
  const up = page.metric.higher ? "up" : "down";
  const down = page.metric.higher ? "down" : "up";
  const numbers = table(
    [
      {name: "variant"},
      {name: "better served", num: true},
      {name: "the same", num: true},
      {name: "worse served", num: true},
      {name: "n", num: true},
    ],
    rows.map((row) => [
      row.variant,
      `${count(row[up])} (${percent(row[up] / row.n)})`,
      `${count(row.n - row.up - row.down)} (${percent((row.n - row.up - row.down) / row.n)})`,
      `${count(row[down])} (${percent(row[down] / row.n)})`,
      count(row.n),
    ]),
  );
  const changed = rows.filter((row) => row.up + row.down > 0);
  return section(
    id,
    "Request by request",
    `How the difference of ${metric} to ${page.baseline} is spread over requests. Requests that are served equally well are not drawn; the table counts them.`,
    numbers,
    changed.length > 0
      ? chart(
          "differences",
          `Distribution of differences of ${metric}`,
          () => differenceSpec(changed, context),
          table(
            [{name: "variant"}, {name: "largest difference", num: true}, {name: "bars of width", num: true}],
            changed.map((row) => [row.variant, fmt(row.reach), fmt((2 * row.reach) / row.counts.length)]),
          ),
          62,
        )
      : null,
  );
}

function latencySection(dataset) {
  const id = `latency-${dataset.place}`;
  const {curves, quantiles} = dataset.latency;
  if (curves.length === 0) return section(id, "Time to answer", "Nothing was timed in this run.");
  const settings = [...new Map(curves.map((curve) => [curve.setting, curve.scenario])).entries()];
  const make = (shown) => {
    const chosen = curves.filter((curve) => curve.setting === shown);
    const unit = chosen.length > 0 && chosen[0].scenario === "offline" ? "batches" : "requests";
    const names = [...new Set(quantiles.map((row) => row.quantile))].sort((a, b) => a - b);
    const cell = (variant, q) => {
      const row = quantiles.find(
        (one) => one.variant === variant && one.setting === shown && one.quantile === q,
      );
      if (!row) return DASH;
      return known(row.ms)
        ? `${fmt(row.ms, 3)} ${interval(row.low, row.high, 3)}`
        : el("span", {title: row.reason}, DASH);
    };
    return chart(
      "latency",
      "Distribution of times to answer",
      () =>
        cdfSpec(chosen, {
          ...context,
          title: "milliseconds (log), end to end; further left is faster",
          share: `share of ${unit}`,
        }),
      table(
        [
          {name: "variant"},
          {name: "n", num: true},
          ...names.map((q) => ({name: `${quantileName(q)}, ms`, num: true})),
        ],
        chosen.map((curve) => [curve.variant, count(curve.n), ...names.map((q) => cell(curve.variant, q))]),
      ),
    );
  };
  const first = settings.some(([setting]) => setting === dataset.latency.setting)
    ? dataset.latency.setting
    : settings[0][0];
  const n = curves.filter((curve) => curve.setting === first).map((curve) => curve.n);
  const least = Math.min(...n);
  return section(
    id,
    "Time to answer",
    `How much of the traffic is answered within a time; under ${loadName(first)} n = ${count(least)} a variant` +
      `${least === Math.max(...n) ? "" : " or more"}. A percentile without enough samples behind it is left out (p99 needs 299).`,
    chosenFigure("Load", settings, first, make),
  );
}

/** Of the experiment; its default is 0.8. */
function power() {
  const given = /^\s+power: ([0-9.]+)\s*$/m.exec(page.run.config);
  return given ? Number(given[1]) : 0.8;
}

function powerSection(dataset) {
  const tested = dataset.forest.filter((row) => known(row.difference));
  const floor = dataset.exploratory.filter((row) => row.family === "noise floor");
  const spread = dataset.board.rows.filter((row) => known(row.sd));
  const detectable = tested.map((row) => row.mde).filter(known);
  const seen = table(
    [
      {name: "variant"},
      {name: "n", num: true},
      {name: "seen", num: true},
      {name: "half the interval", num: true},
      {name: "would be seen from", num: true},
    ],
    tested.map((row) => [
      row.variant,
      count(row.n),
      signed(row.difference),
      fmt((row.high - row.low) / 2),
      fmt(row.mde),
    ]),
  );
  return section(
    `power-${dataset.place}`,
    "How much could this have shown?",
    null,
    el(
      "div",
      {class: "pair"},
      el(
        "div",
        {class: "box"},
        el("h3", {}, "Power"),
        el(
          "p",
          {},
          detectable.length > 0
            ? `With ${count(tested[0].n)} requests a true difference of about ${fmt(Math.max(...detectable))} in ${metric} would be found with a power of ${percent(power(), 0)}. Smaller ones are mostly missed.`
            : "The run says nothing about the differences that it could have found.",
        ),
        tested.length > 0 ? seen : null,
      ),
      el(
        "div",
        {class: "box"},
        el("h3", {}, "A/A: the same against itself"),
        floor.length > 0
          ? [
              el(
                "p",
                {},
                `${page.baseline} was timed twice. What differs between its two timings is the noise of the machine; smaller differences in time mean nothing.`,
              ),
              table(
                [{name: "quantile"}, {name: "difference, ms", num: true}, {name: "load"}],
                floor.map((row) => [
                  quantileName(row.quantile),
                  fmt(row.difference, 3),
                  loadName(row.scenario),
                ]),
              ),
            ]
          : el("p", {}, "The baseline was not timed twice, so the noise of the machine is not known."),
        spread.length > 0
          ? el(
              "p",
              {},
              `Over seeds ${metric} has a standard deviation of ${spread.map((row) => `${fmt(row.sd)} (${row.variant})`).join(", ")}.`,
            )
          : el("p", {}, "No stage draws random numbers or one seed was run: a repeat gives the same lists."),
      ),
    ),
  );
}

function loadName(setting) {
  try {
    return JSON.parse(setting).kind || setting;
  } catch (_) {
    return setting;
  }
}

function otherSection(dataset) {
  const rows = dataset.exploratory.filter((row) => row.family !== "noise floor");
  if (rows.length === 0) return null;
  const name = (row) =>
    row.quantile !== null
      ? `${quantileName(row.quantile)} of ${row.metric} (${loadName(row.scenario)})`
      : metricName(row.metric, row.cutoff);
  const body = el("div", {});
  const others = allVariants.filter((variant) => rows.some((row) => row.variant === variant));
  const show = (variant) =>
    body.replaceChildren(
      table(
        [
          {name: "metric"},
          {name: "difference", num: true},
          {name: "interval", num: true},
          {name: "relative", num: true},
          {name: "p adjusted", num: true},
          {name: "n", num: true},
          {name: "family"},
        ],
        rows
          .filter((row) => row.variant === variant)
          .map((row) => [
            name(row),
            el("span", {class: tone(row)}, signed(row.difference)),
            interval(row.low, row.high),
            percent(row.relative),
            pvalue(row.p_adjusted),
            count(row.n),
            row.family === "confirmatory" ? row.verdict : row.family,
          ]),
      ),
    );
  show(others[0]);
  return section(
    `other-${dataset.place}`,
    "Everything else that was compared",
    `Differences to ${page.baseline}. What is exploratory is corrected together (Benjamini and Hochberg) and gets no verdict: it suggests what to test next.`,
    el(
      "div",
      {class: "controls"},
      choice(
        "Variant",
        others.map((variant) => [variant, variant]),
        others[0],
        show,
      ),
    ),
    body,
  );
}

function tone(row) {
  if (!known(row.p_adjusted) || row.p_adjusted >= page.run.alpha || row.difference === 0) return null;
  return row.difference > 0 === row.higher ? "better" : "worse";
}
