import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import { BentoError, BentoFile } from "@bento/core";
import { InvalidArgumentError } from "commander";
import type { Terminal } from "../terminal/terminal.js";

/** The files that a command line names. */
export class GivenFiles {
  readonly #terminal: Terminal;
  #isInputTaken = false;
  #count = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** How many were opened. */
  get count(): number {
    return this.#count;
  }

  /**
   * A file by its path, read when it is sent; `-` is the command's own input, which can be named once.
   * @throws BENTO_FILE_NOT_FOUND
   */
  async open(path: string): Promise<BentoFile> {
    this.#count += 1;
    if (path === "-") return this.#input();
    try {
      if (!(await stat(path)).isFile()) throw new Error("it is no file");
      return BentoFile.from(await openAsBlob(path), { name: path });
    } catch (cause) {
      throw new BentoError("BENTO_FILE_NOT_FOUND", `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, {
        cause,
        hint: "Write @ and the path of a file, or @- for what is piped in. A text that begins with @ is written with two.",
      });
    }
  }

  #input(): BentoFile {
    if (this.#isInputTaken) throw new InvalidArgumentError("@- stands there twice; what is piped in can be read once.");
    this.#isInputTaken = true;
    return BentoFile.from(this.#terminal.bytesIn());
  }
}
