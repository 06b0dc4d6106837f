import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Longer lines are cut: what writes no line ends must not fill the memory. Characters. */
const longestLine = 64 * 1024;

/**
 * Passes on the lines of a process that carry its name already. What comes in one piece stays so: lines of others never get into it.
 * @param target where to: asked for when there is something, as Node's own streams take a while to open
 * @param write what is passed on of some lines
 */
export function passOnWhole(
  from: Readable,
  target: () => NodeJS.WritableStream,
  write: (lines: Buffer) => string | Buffer = (lines) => lines,
): void {
  let rest: Buffer = Buffer.alloc(0);
  from.on("data", (chunk: Buffer) => {
    const whole = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const end = whole.lastIndexOf(0x0a) + 1;
    rest = whole.subarray(end);
    if (end === 0) return;
    const to = target();
    if (to.write(write(whole.subarray(0, end)))) return;
    from.pause();
    to.once("drain", () => from.resume());
  });
  from.on("error", () => undefined);
}

/**
 * Passes on what a process writes, line by line, each with its name; no faster than it is taken.
 * @param target where to; see {@link passOnWhole}
 */
export function passOnLines(from: Readable, target: () => NodeJS.WritableStream, name: string): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const pass = (text: string, isEnd: boolean): void => {
    rest += text;
    const lines = rest.split(/\r?\n/);
    rest = lines.pop() as string;
    if (rest.length > longestLine || (isEnd && rest !== "")) {
      lines.push(rest);
      rest = "";
    }
    if (lines.length === 0) return;
    const to = target();
    const isTaken = to.write(lines.map((line) => `${name} ${line}\n`).join(""));
    if (isTaken || isEnd) return;
    from.pause();
    to.once("drain", () => from.resume());
  };
  from.on("data", (chunk: Buffer) => pass(decoder.write(chunk), false));
  from.on("end", () => pass(decoder.end(), true));
  // The process is gone; its end is told elsewhere.
  from.on("error", () => pass(decoder.end(), true));
}
