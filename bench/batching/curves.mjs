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
    across: { from: 0.1, to: 1.6, ticks: [0.2, 0.6, 1, 1.5], tickText: (load) => `${Math.round(load * 100)} %` },
  });
}

/** How long those waited on average that were answered, as far as (nearly) all were. */
export function latencyCurves(cells) {
  return gridOfCharts({
    title: "Milliseconds from arrival to answer, on average",
    about:
      "Across: what is offered, of what batches of the best size can answer. A line ends where one request in a hundred is not answered in time.",
    lines: [["possible", "least of all policies with a threshold"], ...lines.slice(1)],
    columns: Object.keys(shapes),
    chartsOf: (arrivalsName) =>
      Object.keys(shapes).map((shapeName) => {
        const top = shapeName === "ONNX Runtime" ? 3 : 20;
        const own = cellsOf(cells, shapeName, arrivalsName);
        return {
          top,
          ticks: shapeName === "ONNX Runtime" ? [0, 1, 2, 3] : [0, 10, 20],
          tickText: (value) => `${value} ms`,
          series: Object.fromEntries(
            lines.map(([name]) => [
              name,
              own
                .map((cell) => [cell.load, name === "possible" ? cell.least : cell[nameOf[name]], cell.offered])
                .filter(([, figures, offered]) => figures.good >= 0.99 * offered)
                .map(([load, { meanMs }]) => [load, meanMs]),
            ]),
          ),
        };
      }),
    across: { from: 0.1, to: 1.1, ticks: [0.2, 0.6, 1], tickText: (load) => `${Math.round(load * 100)} %` },
  });
}

function cellsOf(cells, shapeName, arrivalsName) {
  return cells.filter((cell) => cell.shapeName === shapeName && cell.arrivalsName === arrivalsName);
}
