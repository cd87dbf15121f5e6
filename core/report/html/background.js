"use strict";
// Where the numbers come from: data and audit, variants and effort, environment, definitions.

function windowRows(windows) {
  if (windows === null || typeof windows !== "object") return [];
  const entries = Array.isArray(windows)
    ? windows.map((one, i) => [one.name || String(i), one])
    : Object.entries(windows);
  return entries.filter(([, value]) => value !== null && typeof value === "object");
}

function windowCell(field, value) {
  if (/time_s$/.test(field)) return day(value) || DASH;
  return typeof value === "number" ? count(value) : String(value ?? DASH);
}

function dataSection(dataset) {
  const data = dataset.data;
  const source = data.source[0] || {};
  const windows = windowRows(data.windows);
  const fields = [
    ...new Set(
      windows.flatMap(([, value]) => Object.keys(value).filter((key) => typeof value[key] !== "object")),
    ),
  ];
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
    windows.length > 0
      ? table(
          [
            {name: "window"},
            ...fields.map((name) => ({name: name.replace(/_s$/, "").replace(/_/g, " "), num: true})),
          ],
          windows.map(([name, value]) => [name, ...fields.map((field) => windowCell(field, value[field]))]),
        )
      : null,
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
          el("h3", {}, "Taken away before the split"),
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
    el("h3", {}, "Looks at the test window"),
    el(
      "p",
      {},
      days.length === 0
        ? "None is recorded."
        : `${days.length === 1 ? "One look" : `${count(days.length)} looks`}: ${days.slice(-6).join("; ")}` +
            `${days.length > 6 ? " (the last six)" : ""}. Each look at the same test data makes a lucky winner more likely.`,
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
    bytes(variant.fits.peak_bytes),
  ]);
  return section(
    "variants",
    "Variants and the effort behind them",
    "Every parameter as it took effect, defaults included.",
    rows.length > 0
      ? table([{name: "variant"}, {name: "place"}, {name: "strategy"}, {name: "parameters"}], rows)
      : null,
    el("h3", {}, "Tuning effort"),
    el(
      "p",
      {},
      "This file records no tuning on the validation window: parameters are as the experiment gives them" +
        (tried ? `, and settings of a grid were compared on the test window itself (${tried}).` : ".") +
        " A variant that was tuned elsewhere has an advantage that no test here can see.",
    ),
    table(
      [
        {name: "variant"},
        {name: "fits", num: true},
        {name: "time to fit", num: true},
        {name: "size", num: true},
        {name: "most memory", num: true},
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
        {name: "threads a task", num: true},
        {name: "LibTorch"},
        {name: "CUDA"},
        {name: "build"},
        {name: "system"},
      ],
      rows,
    ),
    run.config ? details("The experiment, resolved", el("pre", {}, run.config)) : null,
  );
}

function definitionSection() {
  return section(
    "definitions",
    "Definitions",
    "What each number is, to the letter. Two numbers are comparable only where their definitions are the same.",
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
