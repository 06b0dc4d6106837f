import { BentoError } from "../errors.js";
import { dtypes, viewOf } from "./dtype.js";
import { lie, metadataKey, peekSafetensors, type SafetensorsEntry } from "./safetensors-header.js";
import { malformed } from "./safetensors-text.js";
import { Tensor } from "./tensor.js";

/** What safetensors bytes hold. */
export interface Safetensors {
  /** In the order of the header. */
  readonly tensors: Map<string, Tensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * The tensors of safetensors bytes. They are views of those bytes, wherever they lie on a multiple of their element's size
 * in memory (those that {@link encodeSafetensors} wrote do, in a buffer that begins on a multiple of 8); others are copied once.
 *
 * As everywhere in safetensors, numbers are little endian, as they are in the memory of the processors of our time.
 * @throws BENTO_BAD_REQUEST naming the tensor, when bytes are missing or left over, or the header is malformed or lies
 * @source https://huggingface.co/docs/safetensors, "Format"
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const header = peekSafetensors(bytes);
  checkLayout(header.tensors, bytes.length - header.dataStart);
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of header.tensors) tensors.set(name, tensorAt(bytes, header.dataStart, entry));
  return { tensors, metadata: header.metadata };
}

/**
 * Safetensors of some tensors, in one piece.
 * @param metadata text by name, which `safe_open(...).metadata()` of Python gives
 * @throws BENTO_INPUT_INVALID for a tensor that is called `__metadata__`
 */
export function encodeSafetensors(tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const chunks = safetensorsChunks(tensors, metadata);
  const bytes = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/**
 * {@link encodeSafetensors} without copying: the header, then the bytes of the tensors themselves, to be written one after
 * the other. The widest elements come first, so that each begins on a multiple of its own size.
 * @throws BENTO_INPUT_INVALID
 */
export function safetensorsChunks(tensors: ReadonlyMap<string, Tensor>, metadata: Readonly<Record<string, string>> = {}): Uint8Array[] {
  if (tensors.has(metadataKey))
    throw new BentoError("BENTO_INPUT_INVALID", `A tensor cannot be called ${JSON.stringify(metadataKey)} in safetensors.`);
  const inOrder = [...tensors].toSorted(([, a], [, b]) => dtypes[b.dtype].bytes - dtypes[a.dtype].bytes);
  const begins = new Map<string, number>();
  let end = 0;
  for (const [name, tensor] of inOrder) {
    begins.set(name, end);
    end += tensor.byteLength;
  }
  // Written piece by piece: of an object, keys such as "1" would come first, and "__proto__" get lost.
  const entries = Array.from(tensors, ([name, { dtype, shape, byteLength }]) => {
    const begin = begins.get(name) as number;
    const entry = { dtype: dtypes[dtype].safetensors, shape, data_offsets: [begin, begin + byteLength] };
    return `${JSON.stringify(name)}:${JSON.stringify(entry)}`;
  });
  if (Object.keys(metadata).length > 0) entries.unshift(`${JSON.stringify(metadataKey)}:${JSON.stringify(metadata)}`);
  const data = inOrder.map(([, tensor]) => bytesOf(tensor)).filter((bytes) => bytes.length > 0);
  return [headerBytes(`{${entries.join(",")}}`), ...data];
}

/** The bytes of a tensor's elements, as they lie in memory. */
function bytesOf({ data }: Tensor): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The header with its length before it, and blanks behind it so that what follows begins on a multiple of 8. */
function headerBytes(json: string): Uint8Array {
  const text = new TextEncoder().encode(json);
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}

/** The tensors must lie side by side from the first byte to the last, so that every byte belongs to exactly one of them. */
function checkLayout(tensors: ReadonlyMap<string, SafetensorsEntry>, length: number): void {
  let end = 0;
  const inOrder = [...tensors].toSorted(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [name, entry] of inOrder) {
    if (entry.end > length) throw lie(name, `would end at byte ${entry.end}, but only ${length} follow the header.`);
    if (entry.begin < end) throw lie(name, `begins at byte ${entry.begin}, inside of the one that ends at ${end}.`);
    if (entry.begin > end) throw lie(name, `begins at byte ${entry.begin}, leaving a hole from ${end} on.`);
    end = entry.end;
  }
  if (end < length) throw malformed(`${length - end} bytes are left over behind its last tensor, which ends at byte ${end} of ${length}.`);
}

function tensorAt(bytes: Uint8Array, dataStart: number, { dtype, shape, begin, end }: SafetensorsEntry): Tensor {
  const width = dtypes[dtype].bytes;
  const size = (end - begin) / width;
  const offset = bytes.byteOffset + dataStart + begin;
  if (offset % width === 0) return new Tensor(dtype, shape, viewOf(dtype, bytes.buffer, offset, size));
  // Through the plain class: the slice of a Buffer of Node is a view.
  const copy = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
  return new Tensor(dtype, shape, viewOf(dtype, copy.buffer, 0, size));
}
