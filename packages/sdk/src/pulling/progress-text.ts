/** Where a transfer is. */
export interface ProgressState {
  readonly label: string;
  /** `"finish"` when all has come, and is made durable and visible. */
  readonly phase: "transfer" | "finish";
  readonly bytes: number;
  /** `undefined` where the other side does not tell. */
  readonly total: number | undefined;
  readonly bytesPerSecond: number;
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;
const separator = "  ";
const minBar = 10;
const maxBar = 40;

/** A line of a terminal, never wider than `columns`: label, bar, percent, bytes, rate and remaining time. The bar goes first where there is no room. */
export function progressLine(state: ProgressState, columns: number): string {
  const figures = figuresOf(state).join(separator);
  const room = columns - state.label.length - figures.length - 2 * separator.length - 2;
  const share = shareOf(state);
  if (share === undefined || room < minBar) return `${state.label}${separator}${figures}`.slice(0, columns);
  const width = Math.min(room, maxBar);
  const filled = Math.floor(share * width);
  return [state.label, `[${"=".repeat(filled)}${" ".repeat(width - filled)}]`, figures].join(separator);
}

/** A line of a log. */
export function progressSentence(state: ProgressState): string {
  return `${state.label}: ${figuresOf(state).join(", ")}`;
}

/** Bytes for people: `1.57 KiB`. */
export function sizeText(bytes: number): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 2)} ${units[power] as string}`;
}

function figuresOf(state: ProgressState): readonly string[] {
  const { phase, bytes, total, bytesPerSecond: rate } = state;
  const share = shareOf(state);
  const percent = share === undefined ? [] : [`${Math.floor(share * 100)}%`];
  const amount = total === undefined ? sizeText(bytes) : `${sizeText(bytes)} of ${sizeText(total)}`;
  if (phase === "finish") return [...percent, amount, "finishing"];
  const speed = rate > 0 ? [`${sizeText(rate)}/s`] : [];
  const left = total !== undefined && rate > 0 ? [`${clock((total - bytes) / rate)} left`] : [];
  return [...percent, amount, ...speed, ...left];
}

/** What comes may be longer than was said. */
function shareOf({ bytes, total }: ProgressState): number | undefined {
  if (total === undefined) return undefined;
  return total === 0 ? 1 : Math.min(bytes / total, 1);
}

/** `0:05`, `12:34`, `3:12:34`. */
function clock(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, at) => (at === 0 ? String(part) : String(part).padStart(2, "0"))).join(":");
}
