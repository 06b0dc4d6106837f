import type { BentoFile } from "@bento/core";
import { InvalidArgumentError } from "commander";

/**
 * The values of JSON lines, each as soon as its line is there. Empty lines are none.
 * @param name how messages name where they stand
 * @throws InvalidArgumentError for a line that is no JSON
 */
export async function* jsonLines(file: BentoFile, name: string): AsyncGenerator<unknown, void, void> {
  let number = 0;
  for await (const line of linesOf(file)) {
    number += 1;
    if (line.trim() !== "") yield parsed(line, `${name}, line ${number},`);
  }
}

async function* linesOf(file: BentoFile): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder();
  // Joined when its end is there: a long line comes in many pieces.
  let pieces: string[] = [];
  for await (const bytes of file.stream() as unknown as AsyncIterable<Uint8Array>) {
    const [first = "", ...others] = decoder.decode(bytes, { stream: true }).split("\n");
    pieces.push(first);
    for (const other of others) {
      yield pieces.join("");
      pieces = [other];
    }
  }
  pieces.push(decoder.decode());
  yield pieces.join("");
}

function parsed(line: string, where: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new InvalidArgumentError(`${where} is no JSON: ${JSON.stringify(line.length > 60 ? `${line.slice(0, 60)}…` : line)}.`);
  }
}
