const units = ["bytes", "KiB", "MiB", "GiB", "TiB"] as const;

/** `3.2 MiB` */
export function sizeText(bytes: number | null): string {
  if (bytes === null) return "";
  if (bytes === 1) return "1 byte";
  const power = Math.min(units.length - 1, bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power] ?? ""}`;
}

/** `2026-01-02 03:04 UTC` */
export function timeText(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** Indented JSON. */
export function valueText(value: unknown): string {
  return JSON.stringify(value, undefined, 2) ?? "";
}

/** A text out of a manifest, where anything may stand. */
export function plainText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
