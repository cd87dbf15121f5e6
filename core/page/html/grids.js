"use strict";
// Grids: variants that differ in values of parameters alone, shown as one thing, by parameter.

/** "knn" of "knn[neighbours=20,shrinkage=1]"; null of a variant that stands alone. */
function familyOf(name) {
  const end = name.indexOf("[");
  if (end <= 0 || !name.endsWith("]")) return null;
  const prefix = name.slice(0, end + 1);
  return allVariants.filter((one) => one.startsWith(prefix)).length > 1 ? name.slice(0, end) : null;
}

/** [["neighbours", "20"], ["shrinkage", "1"]]: what stands in the brackets; a comma within brackets parts nothing. */
function valuesOf(name) {
  const inner = name.slice(name.indexOf("[") + 1, -1);
  const parts = [""];
  let depth = 0;
  for (const c of inner) {
    if (c === "[" || c === "{") depth += 1;
    if (c === "]" || c === "}") depth -= 1;
    if (c === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += c;
  }
  return parts.map((part) => [part.slice(0, part.indexOf("=")), part.slice(part.indexOf("=") + 1)]);
}

/** The grids of a data set: members with their values, means and verdicts, best first, and what varies. */
function gridsOf(dataset) {
  const grids = new Map();
  dataset.board.rows.forEach((row) => {
    const family = familyOf(row.variant);
    if (family === null || !known(row.mean)) return;
    const compared = dataset.forest.find((one) => one.variant === row.variant) || {};
    const member = {...row, values: new Map(valuesOf(row.variant)), compared};
    grids.set(family, [...(grids.get(family) || []), member]);
  });
  return [...grids.entries()]
    .map(([family, members]) => {
      const named = members[0].values.keys();
      const levels = (parameter) => [...new Set(members.map((member) => member.values.get(parameter)))];
      return {family, members, parameters: [...named].filter((parameter) => levels(parameter).length > 1)};
    })
    .filter((grid) => grid.members.length > 2 && grid.parameters.length > 0);
}

/** Values of a parameter in their order: numbers as numbers. */
function levelsOf(grid, parameter) {
  const levels = [...new Set(grid.members.map((member) => member.values.get(parameter)))];
  return levels.sort((a, b) => Number(a) - Number(b) || a.localeCompare(b, "en", {numeric: true}));
}

/** Members with one value of a parameter, best first. */
function membersAt(grid, parameter, level) {
  return grid.members.filter((member) => member.values.get(parameter) === level);
}

/** "3 better, 20 undecided". */
function verdictCounts(members) {
  const verdicts = members.map((member) => member.compared.verdict).filter(Boolean);
  return [...new Set(verdicts)]
    .map((verdict) => `${count(verdicts.filter((one) => one === verdict).length)} ${verdict}`)
    .join(", ");
}

/** Members as points at a value of a parameter. */
function gridPoints(members, level) {
  return members.map((member) => ({
    level,
    mean: member.mean,
    low: member.low,
    high: member.high,
    variant: member.variant,
    label: `${fmt(member.mean)} ${interval(member.low, member.high)}`,
  }));
}

/** Of one parameter: the best member at each value, all others as small points, and where the baseline is. */
function gridLayers(grid, parameter, levels, x, y, context) {
  const at = (level) => membersAt(grid, parameter, level);
  const best = levels.flatMap((level) => gridPoints(at(level).slice(0, 1), level));
  const rest = levels.flatMap((level) => gridPoints(at(level).slice(1), level));
  const tooltip = tip(["variant", "variant"], ["label", context.metric]);
  const color = cssColour("--accent");
  const point = {type: "point", filled: true};
  const layers = [
    {
      data: {values: context.base ? [context.base] : []},
      mark: {type: "rule", strokeDash: [4, 3], color: baselineMark(isDark()).colour},
      encoding: {y: {field: "mean", type: "quantitative"}},
    },
    {
      data: {values: rest},
      mark: {...point, size: 22, opacity: 0.55, color: cssColour("--open")},
      encoding: {x, y, tooltip},
    },
    {
      data: {values: best.filter((row) => known(row.low))},
      mark: {type: "rule", strokeWidth: 1.6, color, opacity: 0.75},
      encoding: {x, y: {...y, field: "low"}, y2: {field: "high"}, tooltip},
    },
    {data: {values: best}, mark: {type: "line", strokeWidth: 1.8, color}, encoding: {x, y}},
    {data: {values: best}, mark: {...point, size: 80, opacity: 1, color}, encoding: {x, y, tooltip}},
  ];
  return layers.filter((layer) => layer.data.values.length > 0); // Vega warns of a scale without values
}

/** The curve of each parameter, side by side on one scale. */
function gridSpec(grid, context) {
  const columns = isNarrow() ? 1 : Math.min(grid.parameters.length, 3);
  const spacing = 24;
  const axisWidth = 64;
  const bounds = [...grid.members, context.base].filter(Boolean).flatMap((row) => [row.mean, row.low, row.high]);
  const domain = [Math.min(...bounds.filter(known)), Math.max(...bounds.filter(known))];
  const width = (context.width - spacing * (columns - 1)) / columns - axisWidth;
  const panels = grid.parameters.map((parameter, p) => {
    const levels = levelsOf(grid, parameter);
    const isTight = levels.length * (widthOf(Math.max(...levels.map((level) => level.length))) + 6) > width;
    const x = {
      field: "level",
      type: "ordinal",
      sort: levels,
      scale: {domain: levels},
      axis: {title: parameter, labelAngle: isTight ? -45 : 0},
    };
    const y = {
      field: "mean",
      type: "quantitative",
      scale: {domain, zero: false, nice: true},
      axis: {title: p % columns === 0 ? `${context.metric} (${context.unit})` : null, tickCount: 5},
    };
    return {
      width,
      height: 200,
      layer: gridLayers(grid, parameter, levels, x, y, context),
    };
  });
  return {concat: panels, columns, spacing};
}

/** A row a value of each parameter. */
function gridTable(grid) {
  const rows = grid.parameters.flatMap((parameter) =>
    levelsOf(grid, parameter).map((level) => {
      const members = membersAt(grid, parameter, level);
      const best = members[0];
      const means = members.map((member) => member.mean).sort((a, b) => a - b);
      return [
        parameter,
        level,
        count(members.length),
        `${fmt(best.mean)} ${interval(best.low, best.high)}`,
        fmt(means[Math.floor((means.length - 1) / 2)]),
        differenceText(best.compared.difference, best.compared.low, best.compared.high),
        verdictCounts(members),
        best.variant,
      ];
    }),
  );
  return table(
    [
      {name: "parameter"},
      {name: "value", num: true},
      {name: "members", num: true},
      {name: `best ${metric}`, num: true},
      {name: "median", num: true},
      {name: `best against ${page.baseline}`, num: true},
      {name: "verdicts", class: "words"},
      {name: "best member"},
    ],
    rows,
  );
}

/** Of larger grids so many members are listed, the best ones. */
const MOST_LISTED = 5;

function bestTable(grid) {
  return table(
    [
      {name: `best of ${count(grid.members.length)} members`},
      ...(grid.members.some((member) => member.letters) ? [{name: "letters"}] : []),
      {name: metric, num: true},
      {name: `difference to ${page.baseline}`, num: true},
      {name: "verdict"},
    ],
    grid.members.slice(0, MOST_LISTED).map((member) => [
      member.variant,
      ...(grid.members.some((one) => one.letters) ? [member.letters] : []),
      `${fmt(member.mean)} ${interval(member.low, member.high)}`,
      differenceText(member.compared.difference, member.compared.low, member.compared.high),
      member.compared.verdict || (member.baseline ? "baseline" : DASH),
    ]),
  );
}

function gridSection(dataset) {
  const grids = gridsOf(dataset);
  if (grids.length === 0) return null;
  const base = dataset.board.rows.find((row) => row.baseline && known(row.mean));
  const make = (family) => {
    const grid = grids.find((one) => one.family === family);
    const verdicts = verdictCounts(grid.members);
    return el(
      "div",
      {},
      el(
        "p",
        {class: "note"},
        `${family}: ${count(grid.members.length)} members over ${grid.parameters.join(", ")}${verdicts ? `; ${verdicts}` : ""}.`,
      ),
      chart(
        "grid",
        `${metric} of ${family} by parameter`,
        (width) => gridSpec(grid, {...context, base, width}),
        gridTable(grid),
      ),
      grid.members.length > MOST_LISTED ? bestTable(grid) : null,
    );
  };
  return section(
    `grid-${dataset.place}`,
    "Grids",
    `${metric} by parameter. The line joins the best member at each value, with its ${confidence()} interval; small points are ` +
      `the other members; the dashed line is ${page.baseline}. The best of many is flattered by chance: it was found on the requests it is judged by.`,
    chosenFigure(
      "Grid",
      grids.map((grid) => [grid.family, `${grid.family} (${count(grid.members.length)})`]),
      grids[0].family,
      make,
      true,
    ),
  );
}
