import { readFileSync } from "node:fs";

/**
 * The LZMA2 encoder of liblzma, compiled to WebAssembly: see `liblzma/README.md` of this package.
 *
 * @typedef {{ dictSize: number, lc: number, lp: number, pb: number, mode: number, niceLen: number, mf: number, depth: number }} LzmaOptions
 *
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} memory
 * @property {() => number} bufferSize
 * @property {() => number} input
 * @property {() => number} output
 * @property {(dictSize: number, lc: number, lp: number, pb: number, mode: number, niceLen: number, mf: number, depth: number) => number} begin
 * @property {(size: number) => void} take
 * @property {(isLast: 0 | 1) => number} code
 */

/** @type {WebAssembly.Module | undefined} */
let program;

/** An encoder, whose memory serves one content after the other. */
export class Lzma2Encoder {
  #exports = /** @type {Exports} */ (/** @type {unknown} */ (new WebAssembly.Instance(load(), {}).exports));

  /** @param {LzmaOptions} options */
  begin({ dictSize, lc, lp, pb, mode, niceLen, mf, depth }) {
    check(this.#exports.begin(dictSize, lc, lp, pb, mode, niceLen, mf, depth));
  }

  /**
   * What comes of the next bytes of the content.
   * @param {Uint8Array} content
   * @returns {Generator<Uint8Array<ArrayBuffer>, void>}
   */
  *code(content) {
    const { memory, input, bufferSize, take } = this.#exports;
    const most = bufferSize();
    for (let start = 0; start < content.length; start += most) {
      const part = content.subarray(start, start + most);
      new Uint8Array(memory.buffer).set(part, input());
      take(part.length);
      yield* this.#output(0);
    }
  }

  /** What comes after all of the content. */
  *end() {
    this.#exports.take(0);
    yield* this.#output(1);
  }

  /** @param {0 | 1} isLast @returns {Generator<Uint8Array<ArrayBuffer>, void>} */
  *#output(isLast) {
    const { memory, output, bufferSize, code } = this.#exports;
    const most = bufferSize();
    for (let size = most; size === most;) {
      size = code(isLast);
      check(-size);
      if (size > 0) yield new Uint8Array(memory.buffer, output(), size).slice();
    }
  }
}

function load() {
  program ??= new WebAssembly.Module(readFileSync(new URL("../../../liblzma/encoder.wasm", import.meta.url)));
  return program;
}

/** @param {number} result of liblzma: 0 is fine, less a count of bytes */
function check(result) {
  if (result > 0) throw new Error(`liblzma says ${result}.`);
}
