import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { BentoError } from "@bento/core";

/**
 * Asks a person, and shows nothing of the answer.
 * @throws BENTO_CANCELLED when Ctrl-C or the end of the input is typed
 */
export async function askSecret(
  question: string,
  { input, output }: { readonly input: NodeJS.ReadStream; readonly output: NodeJS.WriteStream },
): Promise<string> {
  output.write(question);
  // It edits the line as a terminal does, into nowhere.
  const reader = createInterface({
    input,
    output: new Writable({ write: (_chunk, _encoding, done) => done() }),
    terminal: true,
    historySize: 0,
  });
  try {
    return await new Promise<string>((resolve, reject) => {
      const cancel = (): void => reject(new BentoError("BENTO_CANCELLED", "The question for a password got no answer."));
      // Here Ctrl-C is a key like any other: what it means everywhere else, the process tells itself, and then ends the question.
      reader.once("SIGINT", () => {
        process.once("SIGINT", cancel);
        process.kill(process.pid, "SIGINT");
      });
      reader.once("close", cancel);
      reader.once("line", resolve);
    });
  } finally {
    reader.close();
    output.write("\n");
  }
}
