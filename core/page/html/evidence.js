"use strict";
// The sections of a data set that say why: cutoffs, stages, slices, single requests.

function curveSection(dataset) {
  const id = `curves-${dataset.place}`;
  const names = [...new Set(dataset.curves.map((row) => row.metric))];
  if (names.length === 0)
    return section(id, "Metrics by cutoff", "Every metric was computed at one cutoff only.");
  const first = names.includes(page.metric.name) ? page.metric.name : names[0];
  const make = (shown) => {
    const rows = dataset.curves.filter((row) => row.metric === shown);
    const unit = (page.definitions.find((one) => one.name === shown) || {}).unit;
    return markedChart(
      "curves",
      `${shown} at several cutoffs`,
      () => curveSpec(drawnOnly(rows), {...context, metric: unit && unit !== "1" ? `${shown} (${unit})` : shown}),
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
    "Metrics by cutoff",
    `The mean of a metric over the first k places, with its ${confidence()} interval where it has one; n = ${count(dataset.board.n)}.${drawnNote()}`,
    chosenFigure(
      "Metric",
      names.map((name) => [name, name]),
      first,
      make,
    ),
  );
}

const STAGES = ["recall", "rank", "rerank", "served"];

/** Shares by stage. At a stage that a variant lacks it keeps what it had: `passes` says that nothing was done there. */
function funnelRows(dataset) {
  const kinds = STAGES.filter((stage) =>
    dataset.funnel.some((row) => row.stage === stage && context.variants.includes(row.variant)),
  );
  return context.variants.flatMap((variant) => {
    const own = dataset.funnel.filter((row) => row.variant === variant);
    const first =
      own.find((row) => row.stage === "recall") || own.find((row) => row.stage.startsWith("recall"));
    if (!first || first.relevant <= 0) return [];
    let kept = null;
    return kinds.flatMap((stage) => {
      const row = own.find((one) => one.stage === stage);
      if (row) kept = row.kept;
      if (kept === null) return [];
      return [
        {
          variant,
          stage,
          passes: !row,
          share: kept / first.relevant,
          label: `${fmt(kept, 1)} of ${fmt(first.relevant, 1)} (${percent(kept / first.relevant)})`,
        },
      ];
    });
  });
}

function passedNote(rows) {
  return rows.some((row) => row.passes)
    ? " A stage without a mark is one that the variant does not have: the line passes it level."
    : "";
}

function funnelSection(dataset) {
  const id = `funnel-${dataset.place}`;
  const rows = funnelRows(dataset);
  const stages = STAGES.filter((stage) => rows.some((row) => row.stage === stage));
  const numbers = table(
    [
      {name: "variant"},
      {name: "stage"},
      {name: "relevant in input", num: true},
      {name: "kept", num: true},
      {name: "lost", num: true},
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
    return section(id, "Where relevant items get lost", "The file has no counts of relevant items by stage.");
  return section(
    id,
    "Where relevant items get lost",
    `Of all relevant items of the ${count(dataset.board.n)} requests, the share in the list after each stage (mean over seeds). ` +
      `Items that recall misses cannot be recovered by later stages.${passedNote(rows)}${drawnNote()}`,
    markedChart(
      "funnel",
      "Share of relevant items after each stage",
      () => funnelSpec(rows, {...context, stages}),
      numbers,
    ),
  );
}

/** "users" of "users: cold": what the requests are cut by. */
function cutOf(slice) {
  return slice.replace(/: [^:]*$/, "");
}

const ACTIVITY = ["cold", "warm", "hot"];

/** Slices of users, of items, others; by activity, else by name with numbers as such. */
function slicesInOrder(rows) {
  const cuts = ["users", "items"];
  const place = (slice) => [cutOf(slice), slice.slice(cutOf(slice).length + 2)];
  const rank = (list, name) => (list.includes(name) ? list.indexOf(name) : list.length);
  const byName = (a, b) => a.localeCompare(b, "en", {numeric: true});
  return [...rows].sort((one, other) => {
    const [a, b] = [place(one.slice), place(other.slice)];
    return (
      rank(cuts, a[0]) - rank(cuts, b[0]) ||
      byName(a[0], b[0]) ||
      rank(ACTIVITY, a[1]) - rank(ACTIVITY, b[1]) ||
      byName(a[1], b[1])
    );
  });
}

/** The difference of a slice to the baseline there: tested where the run has it, else that of the means. */
function sliceRows(dataset) {
  return dataset.slices.flatMap((row) => {
    if (row.variant === page.baseline) return [];
    const base = dataset.slices.find((one) => one.variant === page.baseline && one.slice === row.slice);
    const tested = known(row.difference);
    if (!base && !tested) return [];
    const value = tested ? row.difference : row.mean - base.mean;
    const significant = known(row.p_adjusted) && row.p_adjusted < page.run.alpha;
    return [
      {
        variant: row.variant,
        slice: row.slice,
        title: `${row.slice} (n = ${count(row.n)})`,
        value,
        n: count(tested ? row.pairs : row.n),
        label: `${value > 0.0005 ? "+" : ""}${fixed(value, 3)}${significant ? "*" : ""}`,
        told: `${differenceText(value, row.difference_low, row.difference_high)}`,
        interval: interval(row.difference_low, row.difference_high),
        p: row.p_adjusted,
        mean: row.mean,
      },
    ];
  });
}

/** The slice on which a variant does least well, as assay compare names it. */
function worstSlice(dataset, rows) {
  const {variant, slice} = dataset.worst_slice || {};
  const worst = rows.find((row) => row.variant === variant && row.slice === slice);
  return worst
    ? ` The worst slice is ${worst.slice} of ${worst.variant}: ${worst.told}, n = ${worst.n}.`
    : "";
}

function sliceTable(rows) {
  return table(
    [
      {name: "slice"},
      {name: "variant"},
      {name: metric, num: true},
      {name: "difference", num: true},
      {name: "interval", num: true},
      {name: "p adjusted", num: true},
      {name: "n", num: true},
    ],
    rows.map((row) => [
      row.slice,
      row.variant,
      fmt(row.mean),
      signed(row.value),
      row.interval,
      pvalue(row.p),
      row.n,
    ]),
  );
}

function sliceSection(dataset) {
  const id = `slices-${dataset.place}`;
  const rows = slicesInOrder(sliceRows(dataset));
  if (rows.length === 0)
    return section(id, "Slices", "This run has no slices: every number is over all requests.");
  const cuts = [...new Set(rows.map((row) => cutOf(row.slice)))];
  const all = new Set(rows.map((row) => row.slice)).size <= 16;
  const make = (cut) => {
    const shown = rows.filter((row) => cut === "" || cutOf(row.slice) === cut);
    const drawn = drawnOnly(shown);
    const others = context.variants.filter((name) => drawn.some((row) => row.variant === name));
    return chart(
      "slices",
      `Differences of ${metric} to ${page.baseline} by slice${cut === "" ? "" : `, cut by ${cut}`}`,
      (width) => sliceSpec(drawn, {...context, variants: others, width}),
      sliceTable(shown),
    );
  };
  const tested = rows.some((row) => known(row.p));
  return section(
    id,
    "Slices",
    `Difference of ${metric} to ${page.baseline} on slices of the requests` +
      `${tested ? "; * marks significance after correction over all exploratory comparisons (Benjamini and Hochberg)" : ", without a test: small slices differ by chance"}.` +
      ` Blue is better.${worstSlice(dataset, rows)}${drawnNote()}`,
    chosenFigure(
      "Cut by",
      [...(all ? [["", "everything"]] : []), ...cuts.map((cut) => [cut, cut])],
      all ? "" : cuts[0],
      make,
      true,
    ),
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
      {name: "better", num: true},
      {name: "equal", num: true},
      {name: "worse", num: true},
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
  const changed = drawnOnly(rows).filter((row) => row.up + row.down > 0);
  return section(
    id,
    "Request by request",
    `Distribution of the difference of ${metric} to ${page.baseline} over requests. Requests with equal values are not drawn; the table counts them.${drawnNote()}`,
    changed.length > 0
      ? chart(
          "differences",
          `Distribution of differences of ${metric}`,
          () => differenceSpec(changed, context),
          table(
            [
              {name: "variant"},
              {name: "scale ends at \u00b1", num: true},
              {name: "width of a bar", num: true},
            ],
            changed.map((row) => [row.variant, fmt(row.reach), fmt((2 * row.reach) / row.counts.length)]),
          ),
          62,
        )
      : null,
    el("div", {class: rows.length > MOST_MARKS ? "tall" : null}, numbers),
  );
}
