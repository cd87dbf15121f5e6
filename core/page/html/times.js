"use strict";
// The sections of a data set about times, about what could have been seen, and about all other metrics.

function latencySection(dataset) {
  const id = `latency-${dataset.place}`;
  const {curves, quantiles} = dataset.latency;
  if (curves.length === 0) return section(id, "Latency", "Nothing was timed in this run.");
  const settings = [...new Set(curves.map((curve) => curve.setting))];
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
    const loads = dataset.latency.loads.filter((row) => row.setting === shown);
    const rates = rateColumns(loads, dataset.latency.load_columns);
    const figure = markedChart(
      "latency",
      `Distribution of latencies under ${loadName(shown)}`,
      () =>
        cdfSpec(drawnOnly(chosen), {
          ...context,
          title: isNarrow()
            ? "milliseconds (log); further left is faster"
            : "milliseconds (log), end to end; further left is faster",
          share: `share of ${unit}`,
        }),
      table(
        [
          {name: "variant"},
          {name: "n", num: true},
          ...rates.map((column) => ({name: column.name, num: true})),
          ...names.map((q) => ({name: `${quantileName(q)}, ms`, num: true})),
        ],
        chosen.map((curve) => [
          curve.variant,
          count(curve.n),
          ...rates.map((column) => column.of(loads.find((row) => row.variant === curve.variant))),
          ...names.map((q) => cell(curve.variant, q)),
        ]),
      ),
    );
    // What degraded is read beside the percentiles, or they mislead.
    if (loads.some((row) => row.degraded > 0)) figure.querySelector("details").open = true;
    const notes = [busyParagraph(dataset, shown), overloadNote(loads.filter((row) => row.overloaded))];
    return el("div", {}, notes, figure);
  };
  const first = settings.includes(dataset.latency.setting)
    ? dataset.latency.setting
    : settings[0];
  const n = curves.filter((curve) => curve.setting === first).map((curve) => curve.n);
  const least = Math.min(...n);
  return section(
    id,
    "Latency",
    `Cumulative distribution of latencies; under ${loadName(first)} n = ${count(least)} per variant` +
      `${least === Math.max(...n) ? "" : " or more"}. Percentiles with too few samples are omitted (p99 needs 299).${drawnNote()}`,
    chosenFigure(
      "Load",
      settings.map((setting) => [setting, loadName(setting)]),
      first,
      make,
      true,
    ),
  );
}

/** What disturbed the times of a load: "the machine was busy: ..."; empty where nothing did. */
function busyText(dataset, setting) {
  return dataset.latency.busy[setting] || "";
}

function busyNote(dataset, setting) {
  const busy = busyText(dataset, setting);
  return busy ? ` Times under ${loadName(setting)} are disturbed: ${busy}.` : "";
}

function busyParagraph(dataset, setting) {
  const busy = busyText(dataset, setting);
  if (!busy) return null;
  return el(
    "p",
    {class: "notice busy"},
    `While ${loadName(setting)} was timed, ${busy}. Times are larger and spread wider than on a quiet machine, and differences within ` +
      "the noise get no verdict; run again when nothing else runs.",
  );
}

/** What stands beside the percentiles: rates, and of the requests what degraded and how. */
function rateColumns(loads, kinds) {
  const columns = [];
  const add = (name, of) => columns.push({name, of: (row) => (row ? of(row) : DASH)});
  if (loads.some((row) => known(row.offered))) add("offered/s", (row) => fmt(row.offered, 3));
  if (loads.some((row) => known(row.answered))) add("answered/s", (row) => fmt(row.answered, 3));
  if (loads.some((row) => row.counts)) add("degraded", degradedText);
  for (const [kind, name] of kinds) {
    if (!loads.some((row) => row.counts && row.counts[kind] > 0)) continue;
    add(name, (row) => (row.counts ? count(row.counts[kind] || 0) : DASH));
  }
  return columns;
}

/** "196 of 573 (34 %)". */
function degradedText(row) {
  if (!row.counts) return DASH;
  const share = row.degraded > 0 ? ` (${percent(row.degraded / row.arrived, 0)})` : "";
  return `${count(row.degraded)} of ${count(row.arrived)}${share}`;
}

function overloadNote(rows) {
  if (rows.length === 0) return null;
  const told = rows.map(
    (row) =>
      `${row.variant} is overloaded: it answers ${fmt(row.answered, 3)} of ${fmt(row.offered, 3)} requests per second`,
  );
  const whose = rows.length === 1 ? "Its" : "Their";
  return el("p", {}, `${told.join("; ")}. ${whose} percentiles depend on how long the scenario lasts.`);
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
      {name: "observed", num: true},
      {name: "half width", num: true},
      {name: "detectable", num: true},
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
    "Statistical power",
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
            ? `With ${count(tested[0].n)} requests the minimum detectable difference in ${metric} is about ${fmt(Math.max(...detectable))}, at a power of ${percent(power(), 0)}. The last column gives it for each variant.`
            : "The minimum detectable difference of this run is unknown.",
        ),
        tested.length > 0 ? el("div", {class: tested.length > MOST_MARKS ? "tall" : null}, seen) : null,
      ),
      el(
        "div",
        {class: "box"},
        el("h3", {}, "A/A test: the baseline compared with itself"),
        floor.length > 0
          ? [
              el(
                "p",
                {},
                `${page.baseline} was timed twice. The difference between its two timings is the noise of the machine; smaller differences are not meaningful.`,
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
          : el("p", {}, "No stage draws random numbers, or only one seed was run: there is no variance between seeds."),
        errorSources(dataset),
      ),
    ),
  );
}

/** What would make a difference surer: more requests, or more seeds. */
function errorSources(dataset) {
  if (dataset.errors.length === 0) return null;
  return [
    el("p", {}, `The standard error of a difference in ${metric} has two components, from sampling requests and from sampling seeds:`),
    table(
      [
        {name: "variant"},
        {name: "from requests", num: true},
        {name: "from seeds", num: true},
        {name: "seeds' share of the variance", num: true},
      ],
      dataset.errors.map((row) => [row.variant, fmt(row.requests), fmt(row.seeds), percent(row.share, 0)]),
    ),
  ];
}

/** What a load is called: its kind, and its rate where the run has several of the kind. */
function loadName(setting) {
  const load = loadOf(setting);
  if (load === null) return setting;
  const timed = page.datasets.flatMap((dataset) => dataset.latency.curves.map((curve) => curve.setting));
  const alike = [...new Set(timed)].filter((other) => (loadOf(other) || {}).kind === load.kind);
  return alike.length > 1 && load.rate_qps > 0 ? `${load.kind}, ${fmt(load.rate_qps)}/s` : load.kind;
}

function loadOf(setting) {
  try {
    const load = JSON.parse(setting);
    return load.kind ? load : null;
  } catch (_) {
    return null;
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
          {name: "difference and interval", num: true},
          {name: "unit"},
          {name: "relative", num: true},
          {name: "p adjusted", num: true},
          {name: "n", num: true},
          {name: "family, or verdict"},
        ],
        rows
          .filter((row) => row.variant === variant)
          .map((row) => [
            name(row),
            el("span", {class: tone(row)}, differenceText(row.difference, row.low, row.high)),
            unitOf(row.metric),
            signedPercent(row.relative),
            pvalue(row.p_adjusted),
            count(row.n),
            row.verdict === "not judged" || row.verdict === "not timed"
              ? `${row.verdict}: ${row.reason}`
              : row.family === "confirmatory" || row.family === "guardrail"
                ? row.verdict
                : row.family,
          ]),
      ),
    );
  const best = dataset.board.rows.map((row) => row.variant).find((name) => others.includes(name));
  show(best || others[0]);
  return section(
    `other-${dataset.place}`,
    "Other comparisons",
    `Differences to ${page.baseline}. Exploratory comparisons are corrected together (Benjamini and Hochberg) and have no verdict: use them to form hypotheses.`,
    el(
      "div",
      {class: "controls"},
      choice(
        "Variant",
        others.map((variant) => [variant, variant]),
        best || others[0],
        show,
      ),
    ),
    body,
  );
}

function unitOf(name) {
  const unit = (page.definitions.find((one) => one.name === name) || {}).unit;
  return unit && unit !== "1" ? unit : "";
}

function tone(row) {
  if (!known(row.p_adjusted) || row.p_adjusted >= page.run.alpha || row.difference === 0) return null;
  return row.difference > 0 === row.higher ? "better" : "worse";
}
