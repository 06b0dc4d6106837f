import type { CallOptions } from "@bento/client";
import type { Terminal } from "../terminal/terminal.js";
import { ProgressDisplay } from "./progress-display.js";

interface CallProgressOptions {
  /** The endpoint. */
  readonly name: string;
  readonly quiet: boolean;
  /** Whether files go out, which may take its time; other calls are not watched. */
  readonly sends: boolean;
  /** Whether the answer is saved, so that nobody sees it come. */
  readonly saves: boolean;
}

/** How far the files of a call are, on stderr; gone when it is disposed of, so that the answer can be printed. */
export class CallProgress implements Disposable {
  /** What the client is to be called with. */
  readonly callOptions: Pick<CallOptions, "onUploadProgress" | "onDownloadProgress">;
  #display: ProgressDisplay | undefined;
  #isOver = false;

  constructor(terminal: Terminal, { name, quiet, sends, saves }: CallProgressOptions) {
    const begin = (label: string): ProgressDisplay => {
      this.#end();
      return (this.#display = new ProgressDisplay(terminal, { label, quiet }));
    };
    const sending = sends ? begin(`To ${name}`) : undefined;
    let receiving: ProgressDisplay | undefined;
    this.callOptions = {
      onUploadProgress:
        sending &&
        (({ loadedBytes: bytes, totalBytes: total }) => sending.update({ phase: bytes === total ? "finish" : "transfer", bytes, total })),
      onDownloadProgress: saves
        ? ({ loadedBytes: bytes, totalBytes: total }) => {
            if (this.#isOver) return;
            receiving ??= begin(`From ${name}`);
            receiving.update({ phase: "transfer", bytes, total });
          }
        : undefined,
    };
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#end();
  }

  /** Once: what is printed after it must not be taken for the bar and erased. */
  #end(): void {
    this.#display?.[Symbol.dispose]();
    this.#display = undefined;
  }
}
