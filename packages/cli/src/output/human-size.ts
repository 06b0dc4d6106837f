const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"] as const;

/** A size for people, as BentoML writes it: `972.00 B`, `1.57 KiB`. Beyond PiB the number grows. */
export function humanSize(bytes: number): string {
  let size = bytes;
  let unit: (typeof units)[number] = "B";
  for (unit of units) {
    if (size < 1024 || unit === "PiB") break;
    size /= 1024;
  }
  return `${size.toFixed(2)} ${unit}`;
}
