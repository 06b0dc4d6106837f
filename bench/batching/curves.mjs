import { shapes } from "./costs.mjs";
import { gridOfCharts } from "./svg.mjs";

/** What is drawn, and how: a class of the style sheet each. */
const lines = [
  ["possible", "nobody could do better"],
  ["ours", "ours"],
  ["bentoml", "Python BentoML's algorithm"],
  ["window", "best of three fixed windows"],
  ["single", "one by one"],
];
const across = { from: 0.1, to: 1.6, ticks: [0.2, 0.6, 1, 1.5], tickText: (load) => `${Math.round(load * 100)} %` };
const nameOf = { ours: "ours", bentoml: "BentoML", window: "fixed window", single: "one by one" };

/** Requests answered in time, of what the best size of batch could, by what is offered of it. */
export function goodputCurves(cells) {
  const share = (cell, good) => (cell.load * good) / cell.offered;
  return gridOfCharts({
    title: "Requests answered in time",
    about: "Across: what is offered, of what batches of the best size can answer. Up: what is answered in time, of the same.",
    lines,
    columns: Object.keys(shapes),
    chartsOf: (arrivalsName) =>
      Object.keys(shapes).map((shapeName) => ({
        top: 1.2,
        ticks: [0, 0.5, 1],
        tickText: (value) => `${value * 100} %`,
        series: Object.fromEntries(
          lines.map(([name]) => [
            name,
            cellsOf(cells, shapeName, arrivalsName).map((cell) => [
              cell.load,
              share(cell, name === "possible" ? cell.most : cell[nameOf[name]].good),
            ]),
          ]),
        ),
      })),
    across,
  });
}

/** How long those waited on average that were answered, as far as nearly as many were as could be. */
export function latencyCurves(cells) {
  const shown = [["possible", "least of all policies with a threshold"], ...lines.slice(1, -1)];
  return gridOfCharts({
    title: "Milliseconds from arrival to answer, on average",
    about:
      "Across: what is offered, of what batches of the best size can answer. Up: by factors. " +
      "A line ends where fewer than 95 of a hundred are answered in time that could be.",
    lines: shown,
    columns: Object.keys(shapes),
    chartsOf: (arrivalsName) =>
      Object.keys(shapes).map((shapeName) => {
        const own = cellsOf(cells, shapeName, arrivalsName);
        const isFast = shapeName === "ONNX Runtime";
        return {
          top: isFast ? 20 : 50,
          bottom: isFast ? 0.05 : 2,
          ticks: isFast ? [0.1, 1, 10] : [2, 5, 10, 20, 50],
          tickText: (value) => `${value} ms`,
          series: Object.fromEntries(
            shown.map(([name]) => [
              name,
              own
                .map(({ load, most, ...cell }) => [load, name === "possible" ? cell.least : cell[nameOf[name]], most])
                .filter(([, { good }, most]) => good >= 0.95 * most)
                .map(([load, { meanMs }]) => [load, meanMs]),
            ]),
          ),
        };
      }),
    across,
  });
}

function cellsOf(cells, shapeName, arrivalsName) {
  return cells.filter((cell) => cell.shapeName === shapeName && cell.arrivalsName === arrivalsName);
}
