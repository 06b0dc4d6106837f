import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { BentoError } from "@bento/core";

interface Asking {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  /** Ends the question. */
  readonly signal: AbortSignal;
}

/**
 * Asks a person, and shows nothing of the answer.
 * @throws BENTO_CANCELLED when the signal is aborted, as by Ctrl-C, or the end of the input is typed
 */
export async function askSecret(question: string, { input, output, signal }: Asking): Promise<string> {
  // It edits the line as a terminal does, into nowhere. From now on nothing that is typed is shown: so it comes before the question.
  const reader = createInterface({
    input,
    output: new Writable({ write: (_chunk, _encoding, done) => done() }),
    terminal: true,
    historySize: 0,
  });
  output.write(question);
  try {
    return await new Promise<string>((resolve, reject) => {
      const cancel = (): void => reject(new BentoError("BENTO_CANCELLED", "The question for a password got no answer."));
      if (signal.aborted) return cancel();
      signal.addEventListener("abort", cancel, { once: true });
      // Here Ctrl-C is a key like any other: what it means everywhere else, the process tells itself.
      reader.once("SIGINT", () => process.kill(process.pid, "SIGINT"));
      reader.once("close", cancel);
      reader.once("line", resolve);
    });
  } finally {
    reader.close();
    output.write("\n");
  }
}
