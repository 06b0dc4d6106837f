import stringWidth from "string-width";
import { humanSize } from "./human-size.js";
import { visible } from "./visible.js";

/** What a line of progress is made of. */
export interface ProgressState {
  readonly label: string;
  readonly phase: "transfer" | "finish";
  readonly bytes: number;
  readonly total: number | undefined;
  /** `undefined` while nothing has moved. */
  readonly bytesPerSecond: number | undefined;
}

const separator = "  ";
const brackets = 2;
const minBar = 10;
const maxBar = 40;
/** A label gives way to the figures, but not wholly before they do; to the bar while something of it is left. */
const minLabel = 8;
const minLabelBesideBar = 16;

/**
 * Progress for a terminal, never wider than `columns`: label, bar, percent, bytes, rate and remaining time. Where there
 * is no room, the bar goes first, then the rate, the remaining time and the bytes; the label is cut.
 */
export function progressBar(state: ProgressState, columns: number): string {
  const label = visible(state.label);
  const figures = figuresOf(state);
  const widest = (): number => columns - minLabel - separator.length;
  while (figures.length > 1 && stringWidth(figures.join(separator)) > widest()) figures.splice(dropFirst(figures), 1);
  const right = figures.join(separator);
  const room = columns - stringWidth(right) - separator.length;
  if (room < 1) return cutText(right, columns);
  const fraction = fractionOf(state);
  const roomBesideBar = room - minBar - brackets - separator.length;
  if (fraction === undefined || Math.min(stringWidth(label), minLabelBesideBar) > roomBesideBar)
    return [cutText(label, room), right].join(separator);
  const shown = cutText(label, roomBesideBar);
  const width = Math.min(room - stringWidth(shown) - separator.length - brackets, maxBar);
  const filled = Math.floor(fraction * width);
  return [shown, `[${"=".repeat(filled)}${" ".repeat(width - filled)}]`, right].join(separator);
}

/** Progress for a log: a whole line. */
export function progressSentence(state: ProgressState): string {
  return `${visible(state.label)}: ${figuresOf(state).join(", ")}`;
}

function figuresOf(state: ProgressState): string[] {
  const { bytes, total, bytesPerSecond: rate, phase } = state;
  const fraction = fractionOf(state);
  const percent = fraction === undefined ? [] : [`${String(Math.floor(fraction * 100)).padStart(3)}%`];
  const amount = total === undefined ? humanSize(bytes) : `${humanSize(bytes)} of ${humanSize(total)}`;
  if (phase === "finish") return [...percent, amount, "finishing"];
  const speed = rate === undefined ? [] : [`${humanSize(rate)}/s`];
  const left = total !== undefined && rate !== undefined && rate > 0 ? [`${clock((total - bytes) / rate)} left`] : [];
  return [...percent, amount, ...speed, ...left];
}

/** Of all figures the percent is the last to go; amount and rate are longer than what they are worth. */
function dropFirst(figures: readonly string[]): number {
  const rate = figures.findIndex((figure) => figure.endsWith("/s"));
  if (rate !== -1) return rate;
  const amount = figures.findIndex((figure) => figure.includes(" of "));
  return amount === -1 ? figures.length - 1 : amount;
}

/** A source may turn out longer than it said. */
function fractionOf({ bytes, total }: ProgressState): number | undefined {
  if (total === undefined) return undefined;
  return total === 0 ? 1 : Math.min(bytes / total, 1);
}

/** `0:05`, `12:34`, `3:12:34`. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

/** The beginning of a text that fits, with `…` where something is missing; letters are never cut in two. */
function cutText(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let shown = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (stringWidth(shown + segment) > columns - 1) break;
    shown += segment;
  }
  return columns < 1 ? "" : `${shown}…`;
}
