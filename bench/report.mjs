/** @typedef {{ columns: string[], rows: Record<string, string | number | undefined>[], goals?: { what: string, goal: number, got: number, atLeast: boolean }[] }} Outcome */

/** Prints what a benchmark found: its rows, then its goals and whether they were met. @param {string} name @param {Outcome} outcome */
export function printTable(name, { columns, rows, goals = [] }) {
  const cells = [columns, ...rows.map((row) => columns.map((column) => formatCell(row[column])))];
  const widths = columns.map((_, i) => Math.max(...cells.map((line) => line[i].length)));
  console.log(`\n${name}`);
  for (const line of cells)
    console.log(`  ${line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ")}`);
  for (const { what, goal, got, atLeast } of goals) {
    const met = atLeast ? got >= goal : got <= goal;
    console.log(`  ${met ? "met   " : "MISSED"}  ${what}: ${formatCell(got)} (goal: ${atLeast ? "at least" : "at most"} ${goal})`);
  }
}

/** @param {string | number | undefined} value */
function formatCell(value) {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en-US") : value.toFixed(value >= 10 ? 1 : 2);
}

/** @param {number[]} values */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
