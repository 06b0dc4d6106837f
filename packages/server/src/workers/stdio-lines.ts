import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

/** Longer lines are cut: what writes no line ends must not fill the memory. Characters. */
const longestLine = 64 * 1024;

/** Passes on what a process writes, line by line, each with its name. */
export function passOnLines(from: Readable, to: NodeJS.WritableStream, name: string): void {
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
    if (lines.length > 0) to.write(lines.map((line) => `${name} ${line}\n`).join(""));
  };
  from.on("data", (chunk: Buffer) => pass(decoder.write(chunk), false));
  from.on("end", () => pass(decoder.end(), true));
  // The process is gone; its end is told elsewhere.
  from.on("error", () => pass(decoder.end(), true));
}
