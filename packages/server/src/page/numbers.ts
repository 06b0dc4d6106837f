const steps = ["bytes", "kB", "MB", "GB"] as const;

/** A size in words: `1.2 kB`. */
export function sizeText(bytes: number): string {
  const step = Math.min(steps.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return step === 0 ? `${bytes} ${bytes === 1 ? "byte" : "bytes"}` : `${(bytes / 1000 ** step).toPrecision(3)} ${steps[step]}`;
}

/** A duration in words: `12 ms`, `1.25 s`. */
export function durationText(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

/** A count with its noun: `1 row`, `1,200 rows`. */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}
