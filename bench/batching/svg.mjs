// Charts as SVG by hand: a grid of them, one row for each kind of arrivals, readable on white and on black.
import { arrivals } from "./arrivals.mjs";

const width = 190;
const height = 120;
const gap = { x: 62, y: 46 };
const left = 92;
const top = 118;

const style = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 16px; font-weight: 600; }
  .faint { fill: #57606a; font-size: 11px; }
  .grid { stroke: #d0d7de; stroke-width: 1; }
  .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
  .possible { stroke: #8c959f; stroke-dasharray: 4 3; }
  .ours { stroke: #0969da; stroke-width: 3; }
  .bentoml { stroke: #cf222e; }
  .window { stroke: #9a6700; }
  .single { stroke: #1a7f37; stroke-dasharray: 1 3; stroke-linecap: round; }
  .paper { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .faint { fill: #9198a1; }
    .grid { stroke: #3d444d; }
    .possible { stroke: #9198a1; }
    .ours { stroke: #58a6ff; }
    .bentoml { stroke: #ff7b72; }
    .window { stroke: #d29922; }
    .single { stroke: #3fb950; }
    .paper { fill: #0d1117; }
  }`;

/**
 * @typedef {{ top: number, bottom?: number, ticks: number[], tickText: (value: number) => string, series: Record<string, [number, number][]> }} Chart
 * `bottom` has the values drawn by factors, from there.
 * @typedef {{ from: number, to: number, ticks: number[], tickText: (value: number) => string }} Axis
 * @param {{ title: string, about: string, lines: string[][], columns: string[], chartsOf: (row: string) => Chart[], across: Axis }} grid
 */
export function gridOfCharts({ title, about, lines, columns, chartsOf, across }) {
  const rows = Object.keys(arrivals);
  const whole = { width: left + columns.length * (width + gap.x) - gap.x + 24, height: top + rows.length * (height + gap.y) + 4 };
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${whole.width} ${whole.height}" width="${whole.width}" height="${whole.height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}\n</style>`,
    `<rect class="paper" width="100%" height="100%"/>`,
    text(20, 28, title, "title"),
    text(20, 47, about, "faint"),
    ...legend(lines),
  ];
  for (const [column, name] of columns.entries()) parts.push(text(xOf(column) + width / 2, top - 12, name, "", "middle"));
  for (const [row, name] of rows.entries()) {
    const y = top + row * (height + gap.y);
    parts.push(`<g transform="translate(16 ${y + height / 2}) rotate(-90)">${text(0, 0, name, "", "middle")}</g>`);
    for (const [column, chart] of chartsOf(name).entries()) parts.push(chartAt(xOf(column), y, chart, lines, across));
  }
  return `${[...parts, "</svg>"].join("\n")}\n`;
}

function legend(lines) {
  let x = 20;
  return lines.flatMap(([name, words]) => {
    const at = x;
    x += 44 + words.length * 6.3;
    return [`<path class="line ${name}" d="M${at} 70h24"/>`, text(at + 30, 74, words, "")];
  });
}

function chartAt(x, y, { top: highest, bottom, ticks, tickText, series }, lines, across) {
  const xAt = (value) => x + ((value - across.from) / (across.to - across.from)) * width;
  const shareOf = (value) => (bottom === undefined ? value / highest : Math.log(value / bottom) / Math.log(highest / bottom));
  const yAt = (value) => y + height - shareOf(value) * height;
  const parts = [];
  for (const tick of ticks) {
    parts.push(`<path class="grid" d="M${x} ${round(yAt(tick))}h${width}"/>`, text(x - 6, yAt(tick) + 4, tickText(tick), "faint", "end"));
  }
  for (const tick of across.ticks) parts.push(text(xAt(tick), y + height + 16, across.tickText(tick), "faint", "middle"));
  // Ours last, above the others.
  for (const [name] of lines.toSorted(([a], [b]) => Number(a === "ours") - Number(b === "ours"))) {
    const points = inside(series[name] ?? [], highest).map(([at, value]) => `${round(xAt(at))} ${round(yAt(value))}`);
    if (points.length > 0) parts.push(`<path class="line ${name}" d="M${points.join("L")}"/>`);
  }
  return parts.join("\n");
}

/** As far as the chart goes: a line that leaves it ends at its edge. */
function inside(points, highest) {
  const found = [];
  for (const [index, [at, value]] of points.entries()) {
    if (value <= highest) found.push([at, value]);
    else {
      const before = points[index - 1];
      if (before !== undefined && before[1] < highest)
        found.push([before[0] + ((at - before[0]) * (highest - before[1])) / (value - before[1]), highest]);
      break;
    }
  }
  return found;
}

function xOf(column) {
  return left + column * (width + gap.x);
}

function text(x, y, words, name, anchor = "start") {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}"${name === "" ? "" : ` class="${name}"`}>${escaped(words)}</text>`;
}

function round(value) {
  return Number(value.toFixed(1));
}

function escaped(words) {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
