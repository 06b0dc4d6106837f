import type { LoadResult } from "./load.js";

/** The results of several endpoints under one another, each the median of its rounds, and what the last gains over the first. */
export function resultsTable(rounds: ReadonlyMap<string, readonly LoadResult[]>): string {
  const results = Array.from(rounds, ([name, all]) => ({ name, all, median: medianRound(all) }));
  const rows = results.map(({ name, all, median }) => {
    const right = sum(all, (round) => round.right).toLocaleString("en");
    const answers = sum(all, (round) => round.answers).toLocaleString("en");
    return [
      name,
      Math.round(median.perSecond).toLocaleString("en"),
      median.p50.toFixed(2),
      median.p99.toFixed(2),
      `${right} of ${answers}`,
    ];
  });
  const table = [["", "requests/s", "p50 ms", "p99 ms", "right answers"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("   "),
  );
  const gain = (results.at(-1)?.median.perSecond ?? 0) / (results[0]?.median.perSecond ?? 0);
  return `${lines.join("\n")}\n\nBatching answers ${gain.toFixed(1)} times as many requests.`;
}

function medianRound(rounds: readonly LoadResult[]): LoadResult {
  const sorted = rounds.toSorted((a, b) => a.perSecond - b.perSecond);
  return sorted[Math.floor(sorted.length / 2)] as LoadResult;
}

function sum<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}
