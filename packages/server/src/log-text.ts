import { fileURLToPath } from "node:url";

/** One line of the log, as pino writes it. */
interface LogLine {
  readonly level: number;
  /** Milliseconds; see `Date.now()`. */
  readonly time: number;
  readonly msg: string;
  readonly worker?: string;
  /** Of a request. */
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly ms?: number;
  readonly hint?: string;
  readonly err?: { readonly stack?: string; readonly hint?: string };
}

const styles = { red: 31, yellow: 33, dim: 2 };
const warning = 40;
const failure = 50;
/** Frames of Bento and of Node: of no use to whoever looks for a mistake of their own. */
const bento = new URL("../../", import.meta.url);
const foreign = [bento.href, fileURLToPath(bento), "/node_modules/@bento/", "(node:", " node:"];
/** What moves the cursor or changes colours: a request must not do so. */
// oxlint-disable-next-line no-control-regex -- control characters are what is meant
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/** Lines of the log as a person reads them on a terminal; what is no such line stays as it is. Without colours where `NO_COLOR` says so. */
export function logText(lines: string, hasColor = (process.env["NO_COLOR"] ?? "") === "" && process.env["TERM"] !== "dumb"): string {
  return lines.replace(/^.+$/gm, (line) => {
    const said = parse(line);
    return said === undefined ? line : textOf(said, (text, style) => (hasColor ? `\u001B[${styles[style]}m${text}\u001B[0m` : text));
  });
}

type Style = (text: string, style: keyof typeof styles) => string;

function parse(line: string): LogLine | undefined {
  try {
    const { level, time, msg } = JSON.parse(line) as Partial<LogLine>;
    const isLine = typeof level === "number" && typeof time === "number" && typeof msg === "string";
    return isLine ? (JSON.parse(line) as LogLine) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(said: LogLine, style: Style): string {
  const { time, worker, level, msg, err, hint = err?.hint } = said;
  const where = worker === undefined || msg.startsWith(worker) ? "" : `${visible(worker)} `;
  const what = said.status === undefined ? messageOf(said, style) : requestOf(said, style);
  const rest = [...traceOf(err?.stack ?? "", msg), ...(hint === undefined ? [] : [`hint: ${hint}`])];
  const below = rest.map((text) => `\n${style(indented(visible(text)), "dim")}`).join("");
  return `${style(new Date(time).toTimeString().slice(0, 8), "dim")} ${where}${what}${level < warning ? "" : below}`;
}

function messageOf({ level, msg, path }: LogLine, style: Style): string {
  const text = visible(path === undefined ? msg : `${path}: ${msg}`).replaceAll("\n", "\n  ");
  if (level >= failure) return style(`error: ${text}`, "red");
  return level >= warning ? style(`warning: ${text}`, "yellow") : text;
}

function requestOf({ method = "", path = "", status = 0, ms = 0 }: LogLine, style: Style): string {
  const code = status >= 500 ? style(String(status), "red") : status >= 400 ? style(String(status), "yellow") : String(status);
  return `${visible(method)} ${visible(path)} ${code} ${style(`${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`, "dim")}`;
}

/** What an error was and where, as far as the message does not say so, and as far as it is the service's own code. */
function traceOf(stack: string, told: string): readonly string[] {
  return stack.split("\ncaused by: ").flatMap((part, at) => {
    const lines = part.split("\n");
    const isFrame = (line: string): boolean => /^ {4}at /.test(line);
    const message = lines.filter((line) => !isFrame(line)).join("\n");
    const isTold = told.includes(message.replace(/^\w*: /, ""));
    const frames = lines.filter((line) => isFrame(line) && !foreign.some((folder) => line.includes(folder)));
    return [...(isTold ? [] : [at === 0 ? message : `caused by: ${message}`]), ...frames.map((frame) => `  ${frame.trim()}`)];
  });
}

function indented(text: string): string {
  return `  ${text.replaceAll("\n", "\n  ")}`;
}

function visible(text: string): string {
  return text.replace(controls, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
