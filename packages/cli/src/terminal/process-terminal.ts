import { BentoError } from "@bento/core";
import { Readable } from "node:stream";
import { InputLines } from "./input-lines.js";
import { askSecret } from "./ask-secret.js";
import { Interruption } from "./interruption.js";
import type { Terminal } from "./terminal.js";

/** The terminal of this process. NO_COLOR is honoured. Dispose of it when the command has ended. */
export function processTerminal(): Terminal & Disposable {
  const { stdin, stdout, stderr, env } = process;
  const wantsColor = (env["NO_COLOR"] ?? "") === "";
  const lines = new InputLines(stdin);
  const interruption = new Interruption();
  let takesBytes = false;
  let carriesBytes = false;
  let isOutClosed = false;
  const noteClosed = (error: NodeJS.ErrnoException): void => void (isOutClosed ||= error.code === "EPIPE");
  // A reader of text such as `head` that has seen enough is no failure; half an archive is one.
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (carriesBytes) return noteClosed(error);
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  // Whoever closed it does not want to know.
  stderr.on("error", () => {});
  return {
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    outHasColor: wantsColor && stdout.isTTY,
    errHasColor: wantsColor && stderr.isTTY,
    outColumns: () => columnsOf(stdout),
    errColumns: () => columnsOf(stderr),
    readLine: () => lines.next(),
    readSecret: async (question) => {
      if (!stdin.isTTY || !stderr.isTTY) return undefined;
      return askSecret(question, { input: stdin, output: stderr, signal: interruption.signal() });
    },
    bytesIn: () => {
      if (stdin.isTTY) throw noTerminal("read from", "Pipe it in, or name a file.");
      takesBytes = true;
      return Readable.toWeb(stdin) as ReadableStream<Uint8Array>;
    },
    bytesOut: () => {
      if (stdout.isTTY) throw noTerminal("written to", "Redirect stdout, or name a file.");
      carriesBytes = true;
      return new WritableStream({ write: writeTo(stdout, noteClosed) });
    },
    isOutClosed: () => isOutClosed,
    interruption: () => interruption.signal(),
    interruptedBy: () => interruption.by,
    [Symbol.dispose]: () => {
      interruption[Symbol.dispose]();
      lines.close();
      // An input that was left in the middle would keep the process waiting for more of it.
      if (takesBytes) stdin.destroy();
    },
  };
}

function noTerminal(what: string, hint: string): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", `Bytes are not ${what} a terminal.`, { hint });
}

/** A terminal that says nothing of its width, as some do, is taken for the usual 80; one that cannot erase a line, for none. */
function columnsOf(stream: NodeJS.WriteStream): number | undefined {
  return stream.isTTY && process.env["TERM"] !== "dumb" ? stream.columns || 80 : undefined;
}

function writeTo(stream: NodeJS.WriteStream, onError: (error: Error) => void): (chunk: Uint8Array) => Promise<void> {
  return (chunk) =>
    new Promise((resolve, reject) => {
      stream.write(chunk, (error) => {
        if (!error) return resolve();
        onError(error);
        reject(error);
      });
    });
}
