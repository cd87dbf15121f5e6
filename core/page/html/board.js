"use strict";
// The first sections of a data set: leaderboard, differences to the baseline, quality against time.

/** A section. Its title, its note and what they are about, up to the first figure, stay together on paper. */
function section(id, title, note, ...content) {
  const parts = content.flat(3).filter((part) => part instanceof Node);
  const isFigure = (part) => part.tagName === "FIGURE" || part.querySelector("figure") !== null;
  const first = parts.findIndex(isFigure);
  return el(
    "section",
    {id},
    el(
      "div",
      {class: "together"},
      el("h2", {}, title),
      note ? el("p", {class: "note"}, note) : null,
      parts.slice(0, first + 1),
    ),
    parts.slice(first + 1),
  );
}

/** Mean and interval on the scale of the board, as a small drawing. */
function miniInterval(row, low, high) {
  if (!known(row.mean)) return "";
  const x = (value) => ((100 * (value - low)) / (high - low || 1)).toFixed(2);
  const ns = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(ns, "svg");
  svg.setAttribute("viewBox", "0 0 100 10");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const part = (tag, attributes) => {
    const node = document.createElementNS(ns, tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    svg.append(node);
  };
  part("line", {x1: 0, x2: 100, y1: 5, y2: 5, stroke: "var(--line)", "vector-effect": "non-scaling-stroke"});
  if (known(row.low)) {
    part("line", {
      x1: x(row.low),
      x2: x(row.high),
      y1: 5,
      y2: 5,
      stroke: "var(--accent)",
      "stroke-width": 4,
      "vector-effect": "non-scaling-stroke",
    });
  }
  part("line", {
    x1: x(row.mean),
    x2: x(row.mean),
    y1: 0,
    y2: 10,
    stroke: "var(--ink)",
    "stroke-width": 2,
    "vector-effect": "non-scaling-stroke",
  });
  return svg;
}

/** "0.071 [0.058, 0.084]" as mean and interval, which stand below each other where there is little room. */
function parted(text) {
  const at = text.indexOf("[");
  return at > 0 ? [`${text.slice(0, at).trim()} `, el("span", {class: "interval"}, text.slice(at).trim())] : [text.trim()];
}

function boardSection(dataset) {
  const board = dataset.board;
  const bounds = board.rows.flatMap((row) => [row.mean, row.low, row.high]).filter(known);
  const low = Math.min(...bounds);
  const high = Math.max(...bounds);
  const shown = (text, column, r) =>
    el(board.best[column] === r ? "b" : "span", board.best[column] === r ? {class: "best"} : {}, ...parted(text));
  const columns = [
    {name: "variant"},
    ...(board.letters ? [{name: "letters"}] : []),
    {name: board.header[0], num: true},
    {name: "", class: "mini"},
    ...board.header.slice(1).map((name) => ({name, num: true})),
  ];
  const tableOf = (some) => {
    const places = board.rows.map((row, r) => r).filter((r) => some.includes(board.rows[r].variant));
    const rows = places.map((r) => {
      const row = board.rows[r];
      return [
        [row.variant, row.baseline ? el("span", {class: "tag"}, "baseline") : null],
        ...(board.letters ? [row.letters] : []),
        shown(row.cells[0], 0, r),
        miniInterval(row, low, high),
        ...row.cells.slice(1).map((cell, c) => shown(cell, c + 1, r)),
      ];
    });
    return el(
      "div",
      {class: "wide"},
      table(columns, rows, (i) => (board.rows[places[i]].baseline ? "base" : null)),
    );
  };
  const few = context.variants.length < allVariants.length;
  return section(
    `board-${dataset.place}`,
    "Leaderboard",
    `${board.title}. Brackets are ${confidence()} intervals of the mean; the best value of a column is bold.` +
      (few ? ` ${count(context.variants.length)} of ${count(allVariants.length)} variants, the best of each grid among them.` : ""),
    tableOf(context.variants),
    few ? details(`All ${count(allVariants.length)} variants`, tableOf(allVariants)) : null,
    board.footer.map((line) => el("p", {class: "note"}, line)),
  );
}

function confidence() {
  return `${parseFloat((100 * (1 - page.run.alpha)).toFixed(2))} %`;
}

/** "n = 943", or "n = 69 to 943" where it differs. */
function nOf(rows) {
  const all = rows.map((row) => row.n);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return `n = ${least === most ? count(least) : `${count(least)} to ${count(most)}`}`;
}

function forestSection(dataset) {
  const rows = dataset.forest
    .filter((row) => known(row.difference) && context.variants.includes(row.variant))
    .sort((a, b) => (page.metric.higher ? b.difference - a.difference : a.difference - b.difference));
  const methods = [...new Set(dataset.forest.map((row) => row.method))];
  const missing = drawnOnly(dataset.forest).filter((row) => !known(row.difference));
  const numbers = table(
    [
      {name: "variant"},
      {name: "difference", num: true},
      {name: "interval", num: true},
      {name: "relative", num: true},
      {name: "p", num: true},
      {name: "p adjusted", num: true},
      {name: "n", num: true},
      {name: "verdict"},
      {name: methods.length > 1 ? "method, remark" : "remark", class: "sentence"},
    ],
    [...rows, ...dataset.forest.filter((row) => !rows.includes(row))].map((row) => [
      row.variant,
      signed(row.difference),
      interval(row.low, row.high),
      signedPercent(row.relative),
      pvalue(row.p),
      pvalue(row.p_adjusted),
      count(row.n),
      row.verdict,
      [methods.length > 1 ? row.method : "", row.reason].filter(Boolean).join("; "),
    ]),
  );
  if (rows.length === 0) {
    return section(
      `forest-${dataset.place}`,
      "Better or worse?",
      "No variant was compared with the baseline here.",
      dataset.forest.length > 0 ? numbers : null,
    );
  }
  const band =
    known(page.run.margin) && page.run.margin > 0
      ? ` The band is the margin of equivalence, \u00b1${page.run.margin}.`
      : "";
  return section(
    `forest-${dataset.place}`,
    "Better or worse?",
    `Paired difference to ${page.baseline}, request by request, with its ${confidence()} interval; ${page.metric.higher ? "right" : "left"} is better. ${nOf(rows)}.${band}${methods.length === 1 ? ` Method: ${methods[0]}.` : ""}${drawnNote()}`,
    markedChart("forest", `Differences of ${metric} to ${page.baseline}`, () => forestSpec(rows, context), numbers),
    missing.length > 0
      ? el("p", {class: "note"}, missing.map((row) => `${row.variant}: ${row.reason}`).join("; "))
      : null,
  );
}

function paretoSection(dataset) {
  const {quantiles, setting, scenario} = dataset.latency;
  const id = `pareto-${dataset.place}`;
  const title = "Quality and latency";
  const at = [0.99, 0.95, 0.9, 0.5].find(
    (q) =>
      quantiles.filter((row) => row.setting === setting && row.quantile === q && known(row.ms)).length > 1,
  );
  if (at === undefined) return section(id, title, "Fewer than two variants were timed in this run.");
  const name = quantileName(at);
  const points = dataset.board.rows.flatMap((row) => {
    const time = quantiles.find(
      (one) => one.variant === row.variant && one.setting === setting && one.quantile === at,
    );
    if (!time || !known(time.ms) || !known(row.mean)) return [];
    return [
      {
        variant: row.variant,
        mean: row.mean,
        low: row.low,
        high: row.high,
        ms: time.ms,
        ms_low: time.low,
        ms_high: time.high,
        quality: `${fmt(row.mean)} ${interval(row.low, row.high)}`,
        time: `${fmt(time.ms, 3)} ms ${interval(time.low, time.high, 3)}`,
        n: count(time.n),
      },
    ];
  });
  const numbers = table(
    [
      {name: "variant"},
      {name: metric, num: true},
      {name: `${name}, ms`, num: true},
      {name: "timed requests", num: true},
    ],
    points.map((point) => [point.variant, point.quality, point.time, point.n]),
  );
  return section(
    id,
    title,
    `Up and to the left is better${page.metric.higher ? "" : " for time; this metric is better when low"}. The dotted line is the Pareto front: ` +
      `no other variant is better on both axes. Latency is ${name} end to end under ${scenario}; both axes have ${confidence()} intervals. n = ${count(dataset.board.n)} requests, ` +
      `${points.length > 0 ? points[0].n : DASH} timed.${busyNote(dataset, setting)}${drawnNote()}`,
    markedChart(
      "pareto",
      `${metric} against ${name}`,
      () => paretoSpec(drawnOnly(points), {...context, quantile: name}),
      numbers,
    ),
  );
}
