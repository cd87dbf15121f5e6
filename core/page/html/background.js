"use strict";
// Where the numbers come from: data and audit, variants and effort, environment, definitions.

const WINDOWS = ["train", "rank", "validation", "test"];
const WINDOW_FIELDS = ["events", "positives", "users", "items", "requests", "truth"];

/** Those that come first in `order`, in that order; then the others. */
function ordered(names, order) {
  const place = (name) => (order.includes(name) ? order.indexOf(name) : order.length);
  return [...names].sort((a, b) => place(a) - place(b));
}

function windowTable(windows) {
  if (windows === null || typeof windows !== "object") return null;
  const names = ordered(Object.keys(windows), WINDOWS).filter(
    (name) => windows[name] !== null && typeof windows[name] === "object",
  );
  const known = new Set(names.flatMap((name) => Object.keys(windows[name])));
  const fields = ordered(known, WINDOW_FIELDS).filter((field) =>
    names.some((name) => typeof windows[name][field] !== "object"),
  );
  if (names.length === 0) return null;
  return table(
    [
      {name: "window"},
      ...fields.map((name) => ({name: name.replace(/_s$/, "").replace(/_/g, " "), num: true})),
    ],
    names.map((name) => [name, ...fields.map((field) => windowCell(field, windows[name][field]))]),
  );
}

function windowCell(field, value) {
  if (/time_s$/.test(field)) return day(value) || DASH;
  return typeof value === "number" ? count(value) : String(value ?? DASH);
}

/** What the log looks like before anything is filtered or split. */
function descriptionView(log) {
  if (log === null || typeof log !== "object") return null;
  const top = (log.top_shares && log.top_shares.shares) || [];
  const shares = top.map((share, i) => [
    `Share of the top ${parseFloat((100 * share).toFixed(1))} %`,
    percent(log.top_shares.values[i]),
  ]);
  const bins = (log.histories || []).filter(
    (bin, i, all) =>
      bin.users > 0 ||
      (all.slice(0, i).some((one) => one.users > 0) && all.slice(i).some((one) => one.users > 0)),
  );
  const points = log.popularity || [];
  return [
    el("h3", {}, "The log, before filters and split"),
    facts([
      ["From", day(log.first_time_s)],
      ["To", day(log.last_time_s)],
      ["Density", percent(log.density, 2)],
      ["Repeated pairs", count(log.repeats)],
      ["Duplicates", count(log.duplicates)],
      ["New users in the newest tenth", known(log.cold_user_share) ? percent(log.cold_user_share) : ""],
      ["New items in the newest tenth", known(log.cold_item_share) ? percent(log.cold_item_share) : ""],
    ]),
    el(
      "div",
      {class: "pair"},
      points.length > 2
        ? el(
            "div",
            {},
            el("p", {class: "note"}, `Popularity: events of each of the ${count(log.items)} items.`),
            chart("popularity", "Events of an item by its rank", () => popularitySpec(points), [
              facts(shares),
              table(
                [
                  {name: "rank", num: true},
                  {name: "events", num: true},
                ],
                points.map((p) => [count(p.rank), count(p.events)]),
              ),
            ]),
          )
        : null,
      bins.length > 0
        ? el(
            "div",
            {},
            el("p", {class: "note"}, `Histories: how many events each of the ${count(log.users)} users has.`),
            chart(
              "histories",
              "Users by their number of events",
              () => historySpec(bins),
              table(
                [
                  {name: "events", num: true},
                  {name: "users", num: true},
                ],
                bins.map((bin) => [binName(bin), count(bin.users)]),
              ),
            ),
          )
        : null,
    ),
  ];
}

function dataSection(dataset) {
  const data = dataset.data;
  const source = data.source[0] || {};
  const days = data.looks.map(moment);
  return section(
    `data-${dataset.place}`,
    "Data and audit",
    null,
    facts([
      ["Source", source.source],
      ["Users", known(source.users) ? count(source.users) : ""],
      ["Items", known(source.items) ? count(source.items) : ""],
      ["Events", known(source.events) ? count(source.events) : ""],
      ["Licence", source.licence],
      ["Prepared data", source.prepared_hash ? source.prepared_hash.slice(0, 12) : ""],
    ]),
    source.citation ? el("p", {class: "note"}, source.citation) : null,
    descriptionView(data.description),
    el("h3", {}, "Windows of the split"),
    windowTable(data.windows) || el("p", {class: "note"}, "The file has no statistics of the windows."),
    el("h3", {}, "Audit of the split"),
    data.audit.length > 0
      ? table(
          [{name: "check"}, {name: "kind"}, {name: "result"}, {name: "detail"}],
          data.audit.map((row) => [
            row.check_name.replace(/_/g, " "),
            row.kind === "property" ? "known property" : "leak",
            row.result,
            row.detail,
          ]),
        )
      : el("p", {class: "note"}, "No check of the split is recorded."),
    data.removed.length > 0
      ? [
          el("h3", {}, "Removed before the split"),
          table(
            [
              {name: "step"},
              {name: "reason"},
              {name: "users", num: true},
              {name: "items", num: true},
              {name: "events", num: true},
            ],
            data.removed.map((row) => [
              row.step,
              row.reason,
              count(row.users),
              count(row.items),
              count(row.events),
            ]),
          ),
        ]
      : null,
    el("h3", {}, "Evaluations on the test split"),
    el(
      "p",
      {},
      days.length === 0
        ? "None is recorded."
        : `The ${data.looks_text}. In this file: ${days.slice(-6).join("; ")}` +
            `${days.length > 6 ? " (the last six)" : ""}. Repeated evaluation on the same test data leads to overfitting to it.`,
    ),
  );
}

function paramsText(params) {
  if (params === null || typeof params !== "object") return String(params ?? "");
  return Object.entries(params)
    .map(([name, value]) => `${name}=${typeof value === "object" ? JSON.stringify(value) : value}`)
    .join(", ");
}

function variantSection() {
  const rows = page.variants.flatMap((variant) =>
    variant.stages.map((stage, i) => [
      i === 0 ? variant.name : "",
      stage.place,
      `${stage.plugin} ${stage.version}`,
      el("code", {}, paramsText(stage.params)),
    ]),
  );
  const grids = new Map();
  for (const name of allVariants) {
    const family = name.replace(/\[.*$/, "");
    if (family !== name) grids.set(family, (grids.get(family) || 0) + 1);
  }
  const tried = [...grids.entries()].map(([family, n]) => `${n} of ${family}`).join(", ");
  const fits = page.variants.map((variant) => [
    variant.name,
    count(variant.fits.count),
    seconds(variant.fits.seconds),
    bytes(variant.fits.bytes),
    bytes(variant.fits.fit_bytes),
  ]);
  return section(
    "variants",
    "Variants and fits",
    "Effective parameters, defaults included.",
    rows.length > 0
      ? table([{name: "variant"}, {name: "place"}, {name: "strategy"}, {name: "parameters"}], rows)
      : null,
    page.plugins.length > 0
      ? [
          el("h3", {}, "Plugins"),
          el(
            "p",
            {class: "note"},
            "How each library was built, and what its last check against the plugin contract found when the run began.",
          ),
          table(
            [{name: "variants"}, {name: "plugin"}, {name: "library"}, {name: "build"}, {name: "contract"}],
            page.plugins.map((one) => [
              one.variants.length > 0 ? one.variants.join(", ") : "metrics",
              `${one.plugin} (${one.kind})`,
              el("code", {}, one.library.slice(0, 12)),
              one.optimised ? one.build_type : `${one.build_type}, not optimised: its latency is not judged`,
              one.contract_text,
            ]),
          ),
        ]
      : null,
    el("h3", {}, "Tuning effort"),
    el(
      "p",
      {},
      "This file records no tuning on the validation window: parameters are as the experiment gives them" +
        (tried ? `, and settings of a grid were compared on the test window itself (${tried}).` : ".") +
        " A variant that was tuned elsewhere has an advantage that no test here can detect.",
    ),
    table(
      [
        {name: "variant"},
        {name: "fits", num: true},
        {name: "fit time", num: true},
        {name: "size", num: true},
        {name: "memory of a fit, at most", num: true},
      ],
      fits,
    ),
  );
}

function environmentSection() {
  const run = page.run;
  const rows = page.environments.map((one) => [
    one.gpu || one.cpu,
    one.device,
    count(one.cores),
    bytes(one.memory_bytes),
    count(one.threads),
    one.torch,
    one.cuda || DASH,
    one.build_type,
    one.os,
  ]);
  return section(
    "environment",
    "Environment",
    null,
    facts([
      ["Command", run.command],
      ["Run", String(run.id)],
      ["Status", run.status],
      ["Started", moment(run.started)],
      ["Finished", moment(run.finished)],
      ["assay", run.version],
      ["Commit", run.commit.slice(0, 12)],
      ["Compiler", run.compiler],
      ["Build", run.build_type],
      ["Seed", String(run.seed)],
    ]),
    table(
      [
        {name: "processor"},
        {name: "device"},
        {name: "cores", num: true},
        {name: "memory", num: true},
        {name: "threads per task", num: true},
        {name: "LibTorch"},
        {name: "CUDA"},
        {name: "build"},
        {name: "system"},
      ],
      rows,
    ),
    run.config ? details("The resolved experiment", el("pre", {}, run.config)) : null,
  );
}

function definitionSection() {
  return section(
    "definitions",
    "Definitions",
    "Exact definitions of the metrics. Two numbers are comparable only if their definitions are equal.",
    table(
      [{name: "metric"}, {name: "definition"}, {name: "unit"}, {name: "better"}, {name: ""}],
      page.definitions.map((one) => [
        one.name,
        el("code", {}, one.definition),
        one.unit,
        one.better,
        one.doc,
      ]),
    ),
  );
}
