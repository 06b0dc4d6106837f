import { BodyCollector } from "../http/body-limit.js";

const newLine = 0x0a;
const blanks: ReadonlySet<number> = new Set([0x20, 0x09, 0x0d]);

/** Cuts bytes into lines, whichever pieces they come in. Blank lines are none; the last one may end without a line break. */
export class LineCutter {
  readonly #maxLineBytes: number;
  #piece: Buffer = Buffer.alloc(0);
  #at = 0;
  /** The beginning of a line that came with pieces before. */
  #begun: BodyCollector | undefined;
  #isOver = false;

  constructor(maxLineBytes: number) {
    this.#maxLineBytes = maxLineBytes;
  }

  /** The next bytes, once all lines of those before are taken. */
  add({ buffer, byteOffset, byteLength }: Uint8Array): void {
    this.#piece = Buffer.from(buffer, byteOffset, byteLength);
    this.#at = 0;
  }

  /** No bytes come any more. */
  end(): void {
    this.#isOver = true;
  }

  /** The next line; `undefined` when it takes more bytes to say, `"too long"` when it has more than it may have. */
  take(): Uint8Array | "too long" | undefined {
    for (;;) {
      const end = this.#piece.indexOf(newLine, this.#at);
      const isCut = end === -1;
      const part = this.#piece.subarray(this.#at, isCut ? undefined : end);
      this.#at = isCut ? this.#piece.length : end + 1;
      if (isCut && !this.#isOver) return this.#keep(part) ? undefined : "too long";
      const line = this.#joined(part);
      if (line === undefined) return "too long";
      if (!isBlank(line)) return line;
      if (isCut) return undefined;
    }
  }

  /** The whole line that ends with this. */
  #joined(part: Buffer): Uint8Array | undefined {
    const begun = this.#begun;
    this.#begun = undefined;
    if (begun === undefined) return part.length > this.#maxLineBytes ? undefined : part;
    return begun.add(part) ? begun.take() : undefined;
  }

  #keep(part: Buffer): boolean {
    if (part.length === 0) return true;
    this.#begun ??= new BodyCollector(this.#maxLineBytes);
    return this.#begun.add(part);
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.every((byte) => blanks.has(byte));
}
