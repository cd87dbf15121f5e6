"use strict";
// The section of a data set about what its policies would have earned on its logged rows, and the Vega-Lite specification of
// how they lie over the log.

/** Share of the logged rows by weight, a line of steps a variant; weights double from one step to the next. */
function overlapSpec(rows, context) {
  const scales = variantScales(context.variants, context.baseline);
  const values = rows.flatMap((row) => {
    const {log2, counts} = row.overlap;
    const steps = counts.map((number, i) => ({
      variant: row.variant,
      line: row.variant,
      weight: 2 ** (log2 + i),
      share: number / row.rows,
      label: `${fmt(2 ** (log2 + i))} to ${fmt(2 ** (log2 + i + 1))}: ${count(number)}`,
    }));
    return [...steps, {variant: row.variant, line: row.variant, weight: 2 ** (log2 + counts.length), share: 0, label: ""}];
  });
  return {
    data: {values},
    height: 240,
    mark: {type: "line", strokeWidth: 1.7, interpolate: "step-after"},
    encoding: {
      x: {
        field: "weight",
        type: "quantitative",
        scale: {type: "log", base: 2},
        axis: {title: "weight: probability under the policy / propensity", tickCount: 8},
      },
      y: {field: "share", type: "quantitative", axis: {title: "share of the logged rows", format: "%", tickCount: 5}},
      color: scales.color,
      strokeDash: scales.strokeDash,
      tooltip: tip(["variant", "variant"], ["label", "rows"]),
    },
  };
}

function overlapNumbers(rows) {
  const cells = rows.flatMap((row) => [
    [row.variant, "0", count(row.overlap.none)],
    ...row.overlap.counts.map((number, i) => [
      row.variant,
      `${fmt(2 ** (row.overlap.log2 + i))} to ${fmt(2 ** (row.overlap.log2 + i + 1))}`,
      count(number),
    ]),
  ]);
  return table([{name: "variant"}, {name: "weight", num: true}, {name: "logged rows", num: true}], cells);
}

function policyNumbers(rows) {
  const columns = [
    {name: "variant"},
    {name: "estimator"},
    {name: "value", num: true},
    {name: "effective rows", num: true},
    {name: "largest weight", num: true},
    {name: "outside", num: true},
  ];
  const cells = rows.map((row) => [
    row.estimator === "on_policy" ? "the log itself" : row.variant,
    row.estimator === "on_policy" ? "mean" : row.estimator,
    known(row.value) ? `${fmt(row.value)} ${interval(row.ci_low, row.ci_high)}` : "not available",
    known(row.effective_rows) ? count(Math.round(row.effective_rows)) : DASH,
    known(row.largest_weight) ? fmt(row.largest_weight) : DASH,
    known(row.outside_support) ? `${fmt(100 * row.outside_support)} %` : DASH,
  ]);
  return table(columns, cells);
}

/** "dr, snips of greedy: why there is no number, or what must be known of it", a paragraph each. */
function policyNotes(rows) {
  const noted = new Map();
  for (const row of rows) {
    const texts = row.reason ? [row.reason] : (row.note || "").split("; ");
    for (const text of texts) {
      // Of intervals that the table does not show nothing is said.
      if (!text || text.startsWith("no Bernstein") || row.estimator === "on_policy") continue;
      const key = JSON.stringify([text, row.variant]);
      noted.set(key, [...(noted.get(key) || []), row.estimator]);
    }
  }
  return [...noted].map(([key, estimators]) => {
    const [text, variant] = JSON.parse(key);
    return el("p", {class: "note"}, `${estimators.join(", ")} of ${variant}: ${text}.`);
  });
}

function policySection(dataset) {
  const rows = (page.policies || []).filter((row) => row.dataset === dataset.name && row.fold === "all");
  if (rows.length === 0) return null;
  const first = rows.find((row) => row.estimator === "on_policy" && known(row.value));
  const shown = rows.filter((row) => row.estimator !== "on_policy" || row === first);
  const laid = rows.filter((row) => row.overlap && row.overlap.counts.length > 0);
  return section(
    `policies-${dataset.place}`,
    "Policies",
    "What each variant would have earned a logged row, and how its policy lies over the log: where weights are far from 1 " +
      "few rows decide.",
    laid.length > 0
      ? markedChart(
          "overlap",
          "Logged rows by their weight",
          () => overlapSpec(drawnOnly(laid), context),
          overlapNumbers(laid),
        )
      : null,
    policyNumbers(shown),
    policyNotes(shown),
  );
}
