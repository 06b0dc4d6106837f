import { type DType, dtypes } from "./dtype.js";
import { HeaderText, malformed, quote } from "./safetensors-text.js";
import { maxDimensions, sizeOfShape, writeShape } from "./shape.js";

/** The media type of safetensors. */
export const safetensorsType = "application/x-safetensors";

/** The key of a header that is no tensor. */
export const metadataKey = "__metadata__";

/** The longest header that safetensors allows, in bytes. */
const maxHeaderBytes = 100_000_000;

/** The most tensors that are read: far more than any model has, and what a hostile header can say in a few bytes. */
const maxTensors = 100_000;

/** The most rows that a tensor without elements may have: they cost the sender nothing, but whoever lists them. */
const maxEmptyRows = 1_000_000;

/** What the header says of one tensor. */
export interface SafetensorsEntry {
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Where its bytes begin, from the end of the header. */
  readonly begin: number;
  /** Where they end. */
  readonly end: number;
}

/** What stands before the bytes of the tensors. */
export interface SafetensorsHeader {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Where the header ends and the tensors begin, in bytes from the start. */
  readonly dataStart: number;
}

const dtypesOfNames: ReadonlyMap<string, DType> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries(dtypes).map(([dtype, { safetensors }]) => [safetensors, dtype as DType]),
);

/**
 * What safetensors bytes hold, by their header alone: shapes can be looked at without touching the tensors. The bytes may
 * be cut off anywhere behind the header.
 * @throws BENTO_BAD_REQUEST when the header is cut off, malformed, or says what cannot be of a tensor
 * @source https://huggingface.co/docs/safetensors, "Format"
 */
export function peekSafetensors(bytes: Uint8Array): SafetensorsHeader {
  if (bytes.length < 8) throw malformed(`it ends after ${bytes.length} bytes, the length of its header alone takes 8.`);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > maxHeaderBytes) throw malformed(`its header would have ${length} bytes, ${maxHeaderBytes} are the most.`);
  const dataStart = 8 + Number(length);
  if (dataStart > bytes.length) throw malformed(`its header would have ${length} bytes, but only ${bytes.length - 8} follow.`);
  const text = decodeText(bytes.subarray(8, dataStart));
  if (text[0] !== "{") throw malformed(`its header begins with ${quote(text.slice(0, 20))}, not with "{".`);
  return { ...readHeader(new HeaderText(text)), dataStart };
}

/** The error of a tensor that the header lies about. */
export function lie(name: string, message: string): Error {
  return malformed(`tensor ${quote(name)} ${message}`);
}

function decodeText(bytes: Uint8Array): string {
  try {
    // A byte order mark is no blank of JSON: it must not vanish here.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed("its header is not UTF-8.");
  }
}

function readHeader(text: HeaderText): Omit<SafetensorsHeader, "dataStart"> {
  const tensors = new Map<string, SafetensorsEntry>();
  const metadata: [string, string][] = [];
  text.object("the header", (name) => {
    if (tensors.size === maxTensors && name !== metadataKey) throw malformed(`it has more than ${maxTensors} tensors.`);
    if (name !== metadataKey) tensors.set(name, readEntry(text, name));
    else text.object("the metadata", (key) => metadata.push([key, text.string("a value of the metadata")]));
  });
  text.end();
  // As own properties, whatever their names are.
  return { tensors, metadata: Object.fromEntries(metadata) };
}

function readEntry(text: HeaderText, name: string): SafetensorsEntry {
  let dtype: string | undefined;
  let shape: number[] | undefined;
  let offsets: number[] | undefined;
  text.tensor(name, (key) => {
    if (key === "dtype") dtype = text.string("the dtype");
    else if (key === "shape") shape = text.integers("the shape", maxDimensions);
    else if (key === "data_offsets") offsets = text.integers("the data_offsets", 2);
    else throw lie(name, `has the key ${quote(key)}, which says nothing here.`);
  });
  if (dtype === undefined || shape === undefined || offsets === undefined) throw lie(name, "lacks one of dtype, shape and data_offsets.");
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || end < begin)
    throw lie(name, `has the data_offsets ${writeShape(offsets)}, not a begin and an end.`);
  return { dtype: checkSize(name, dtype, shape, end - begin), shape, begin, end };
}

function checkSize(name: string, given: string, shape: readonly number[], length: number): DType {
  const dtype = dtypesOfNames.get(given);
  if (dtype === undefined) throw lie(name, `is of dtype ${quote(given)}; known are ${[...dtypesOfNames.keys()].join(", ")}.`);
  const size = sizeOfShape(shape);
  if (size === undefined) throw lie(name, `has the shape ${writeShape(shape)}, more elements than can be counted.`);
  if (size * dtypes[dtype].bytes !== length) {
    throw lie(name, `is ${given} of shape ${writeShape(shape)}, ${size * dtypes[dtype].bytes} bytes, but its data_offsets say ${length}.`);
  }
  const rows = size === 0 ? shape.slice(0, shape.indexOf(0)).reduce((product, dimension) => product * dimension, 1) : 0;
  if (rows > maxEmptyRows)
    throw lie(name, `has the shape ${writeShape(shape)}: no elements in ${rows} rows, ${maxEmptyRows} are the most.`);
  return dtype;
}
