"use strict";
// Long lists of alike rows come as {columns, texts, rows}: names once, equal texts once.

/** Rows as objects: a cell of a column of texts is the place of its text. */
function unpacked(list) {
  if (Array.isArray(list) || list === null || typeof list !== "object") return list;
  return list.rows.map((cells) =>
    Object.fromEntries(
      list.columns.map(([name, isText], c) => [
        name,
        isText && cells[c] !== null ? list.texts[cells[c]] : cells[c],
      ]),
    ),
  );
}

/** The data of the page, with every list as rows. */
function unpackedPage(data) {
  for (const dataset of data.datasets) {
    for (const name of ["curves", "exploratory", "slices"]) dataset[name] = unpacked(dataset[name]);
    dataset.latency.quantiles = unpacked(dataset.latency.quantiles);
  }
  return data;
}
