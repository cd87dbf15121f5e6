"use strict";
// The section of a run that is an attribution: which stage earned the difference, as a waterfall.

/** From one pipeline to the other, a bar a part: where it begins, where it ends. */
function waterfallRows(division, from, to) {
  let at = division.from;
  const rows = [{name: from, start: at, end: at, kind: "end", label: fmt(at)}];
  for (const part of division.parts) {
    const share = known(part.share) ? ` \u00b7 ${Math.round(100 * part.share)} %` : "";
    rows.push({
      name: part.part,
      start: at,
      end: at + part.value,
      low: known(part.low) ? at + part.low : null,
      high: known(part.high) ? at + part.high : null,
      kind: part.value < 0 ? "less" : "more",
      label: `${differenceText(part.value, part.low, part.high)}${division.unit}${share}`,
      exchange: part.exchange,
    });
    at += part.value;
  }
  rows.push({name: to, start: at, end: at, kind: "end", label: fmt(at)});
  return rows;
}

function waterfallSpec(division, from, to) {
  const values = waterfallRows(division, from, to);
  const names = values.map((row) => row.name);
  const y = {
    field: "name",
    type: "nominal",
    sort: names,
    axis: {title: null, ticks: false, domain: false, labelLimit: 0, labelExpr: shortLabels(names, isNarrow() ? 110 : 220)},
  };
  const bare = {...y, axis: null}; // one layer has the names
  const x = {type: "quantitative", scale: {zero: false}, axis: {title: `${division.metric}${division.unit && ", ms"}`, tickCount: 6}};
  const color = {
    field: "kind",
    type: "nominal",
    legend: null,
    scale: {domain: ["more", "less", "end"], range: [cssColour("--good"), cssColour("--bad"), cssColour("--ink")]},
  };
  const tooltip = tip(["name", "part"], ["label", "earned"], ["exchange", "exchanged"]);
  const bars = values.filter((row) => row.kind !== "end");
  // Each bar hands its end to the next one.
  const joints = values.slice(0, -1).map((row, i) => ({at: row.end, name: row.name, next: values[i + 1].name}));
  return {
    data: {values},
    height: 34 * values.length,
    resolve: {axis: {y: "independent"}}, // names on the left, numbers on the right
    layer: [
      {
        data: {values: joints},
        mark: {type: "rule", strokeDash: [2, 2], color: cssColour("--open")},
        encoding: {x: {...x, field: "at"}, y: {...y, field: "name"}, y2: {field: "next"}},
      },
      {
        data: {values: bars},
        mark: {type: "bar", height: 16, opacity: 0.85},
        encoding: {x: {...x, field: "start"}, x2: {field: "end"}, y: bare, color, tooltip},
      },
      {
        data: {values: bars.filter((row) => known(row.low))},
        mark: {type: "rule", strokeWidth: 1.6, color: cssColour("--ink")},
        encoding: {x: {...x, field: "low"}, x2: {field: "high"}, y: bare, tooltip},
      },
      {
        data: {values: values.filter((row) => row.kind === "end")},
        mark: {type: "tick", thickness: 3, size: 22},
        encoding: {x: {...x, field: "start"}, y: bare, color, tooltip},
      },
      ...(isNarrow()
        ? []
        : [
            {
              mark: {type: "point", opacity: 0},
              encoding: {
                y: {
                  ...y,
                  axis: {
                    ...y.axis,
                    orient: "right",
                    labelExpr: `(${JSON.stringify(Object.fromEntries(values.map((row) => [row.name, row.label])))})[datum.value]`,
                    labelColor: cssColour("--ink"),
                    labelPadding: 10,
                  },
                },
              },
            },
          ]),
    ],
  };
}

function attributionNumbers(division, from, to) {
  const earned = (row) => `${differenceText(row.value, row.low, row.high)}${division.unit}`;
  const share = (row) => (known(row.share) ? `${Math.round(100 * row.share)} %` : DASH);
  const rows = division.parts.map((part) => [part.part, earned(part), share(part), fmt(part.first), fmt(part.last), part.exchange]);
  rows.push(["in all", earned(division.total), "", "", "", `${from} \u2192 ${to}`]);
  if (division.joint) rows.push(["together", earned(division.joint), "", "", "", "beyond the sum of what each part adds first"]);
  for (const pair of division.interactions) rows.push([pair.part, earned(pair), "", "", "", "interaction of the two"]);
  return table(
    [
      {name: "part"},
      {name: "earned", num: true},
      {name: "share", num: true},
      {name: "first", num: true},
      {name: "last", num: true},
      {name: "what is exchanged"},
    ],
    rows,
  );
}

function attributionSection(dataset) {
  const {attribution} = dataset;
  if (!attribution) return null;
  const {from, to} = attribution;
  const figures = attribution.divisions.map((division) =>
    division.parts.length === 0
      ? el("p", {class: "note"}, `${division.metric} is not divided: ${division.reason}.`)
      : chart(
          "attribution",
          `What each stage earned in ${division.metric}, from ${from} to ${to}`,
          () => waterfallSpec(division, from, to),
          attributionNumbers(division, from, to),
        ),
  );
  return section(
    `attribution-${dataset.place}`,
    "Which stage earned it",
    "What each part of the pipeline adds, averaged over all orders in which the parts can be exchanged (Shapley 1953); " +
      "lines are intervals. First and last: what it adds to the old pipeline alone, and to all other new parts.",
    ...figures,
  );
}
