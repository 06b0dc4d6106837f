import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// libbzip2 1.0.8, as the package bzip2-wasm compiled it. Its own JavaScript is passed over: it writes `require` and
// `__dirname` into the global scope, and its `decompress` fails when the memory grows.

/**
 * @typedef {object} Exports
 * @property {WebAssembly.Memory} memory
 * @property {() => void} __wasm_call_ctors
 * @property {() => void} emscripten_stack_init
 * @property {(size: number) => number} malloc
 * @property {(at: number) => void} free
 * @property {(to: number, toSize: number, from: number, fromSize: number, level: number, verbosity: number, workFactor: number) => number} BZ2_bzBuffToBuffCompress
 * @property {(to: number, toSize: number, from: number, fromSize: number, small: number, verbosity: number) => number} BZ2_bzBuffToBuffDecompress
 */

/** The program of libbzip2 that says: there is not enough room for the result. */
const outOfRoom = -8;
const pageSize = 65536;
/** What one block can hold when all its bytes are alike: 900,000 bytes, each five of them up to 259 bytes. */
const largestBlock = 180_000 * 259;

/** @type {Exports | undefined} */
let library;

/** One bzip2 stream of `bytes`, with blocks of `level` times 100,000 bytes. */
export function bzip2Compress(/** @type {Uint8Array} */ bytes, /** @type {number} */ level) {
  const { BZ2_bzBuffToBuffCompress: compress } = load();
  // The size that bzip2's manual promises to be enough.
  const room = bytes.length + Math.ceil(bytes.length / 100) + 600;
  const { status, result } = convert(bytes, room, (to, toSize, from) => compress(to, toSize, from, bytes.length, level, 0, 0));
  if (result === undefined) throw new Error(`libbzip2 failed to compress: ${status}.`);
  return result;
}

/**
 * The content of a bzip2 stream of one block.
 * @returns {Uint8Array<ArrayBuffer> | undefined} `undefined` when the stream is not valid
 */
export function bzip2Decompress(/** @type {Uint8Array} */ stream) {
  const { BZ2_bzBuffToBuffDecompress: decompress } = load();
  for (let room = 1_000_000; ; room = Math.min(room * 4, largestBlock)) {
    const { status, result } = convert(stream, room, (to, toSize, from) => decompress(to, toSize, from, stream.length, 0, 0));
    if (status !== outOfRoom || room === largestBlock) return result;
  }
}

/**
 * Gives a function bytes in the library's memory, and room for what comes out.
 * @param {Uint8Array} bytes
 * @param {number} room
 * @param {(to: number, toSize: number, from: number) => number} work
 * @returns {{ status: number, result: Uint8Array<ArrayBuffer> | undefined }}
 */
function convert(bytes, room, work) {
  const { memory, malloc, free } = load();
  const from = malloc(bytes.length);
  const to = malloc(room);
  const size = malloc(4);
  try {
    if (from === 0 || to === 0 || size === 0) throw new Error("libbzip2 got no memory.");
    new Uint8Array(memory.buffer).set(bytes, from);
    new DataView(memory.buffer).setUint32(size, room, true);
    const status = work(to, size, from);
    if (status !== 0) return { status, result: undefined };
    const length = new DataView(memory.buffer).getUint32(size, true);
    return { status, result: new Uint8Array(memory.buffer).slice(to, to + length) };
  } finally {
    free(from);
    free(to);
    free(size);
  }
}

/** @returns {Exports} */
function load() {
  library ??= instantiate();
  return library;
}

/** @returns {Exports} */
function instantiate() {
  const file = createRequire(import.meta.url).resolve("bzip2-wasm/bzip2-1.0.8/bzip2.wasm");
  const nothing = () => 0;
  const env = {
    exit: (/** @type {number} */ code) => {
      throw new Error(`libbzip2 gave up: ${code}.`);
    },
    emscripten_memcpy_big: (/** @type {number} */ to, /** @type {number} */ from, /** @type {number} */ count) => {
      new Uint8Array(exports.memory.buffer).copyWithin(to, from, from + count);
    },
    emscripten_resize_heap: (/** @type {number} */ size) => {
      exports.memory.grow(Math.ceil(((size >>> 0) - exports.memory.buffer.byteLength) / pageSize));
      return 1;
    },
  };
  const { exports: untyped } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {
    env,
    wasi_snapshot_preview1: { fd_close: nothing, fd_write: nothing, fd_seek: nothing },
  });
  const exports = /** @type {Exports} */ (/** @type {unknown} */ (untyped));
  exports.emscripten_stack_init();
  exports.__wasm_call_ctors();
  return exports;
}
