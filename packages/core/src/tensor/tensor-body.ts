import { BentoError } from "../errors.js";
import { checkContainers } from "../json-limit.js";
import { decodeSafetensors, safetensorsChunks } from "./safetensors.js";
import { metadataKey } from "./safetensors-header.js";
import { quote } from "./safetensors-text.js";
import { Tensor } from "./tensor.js";

/** Where the JSON of a body stands in its metadata. */
export const jsonKey = "json";

/** The one key of the object that stands for a tensor in that JSON. */
const tensorKey = "$tensor";

/** An object of data with such a key gets one more `$` before it, so that it is not taken for a tensor. */
const escapable = /^\$+tensor$/;
const escaped = /^\$\$+tensor$/;

/** What stands for a tensor in the JSON. Of a class of its own, to be told from data. */
class TensorName {
  readonly [tensorKey]: string;

  constructor(name: string) {
    this[tensorKey] = name;
  }
}

/**
 * A value with tensors as one safetensors body.
 *
 * - An object of nothing but tensors is just that: each under its own name, as any safetensors library reads it.
 * - Of anything else, JSON stands in the metadata under the key `json`, as JSON.stringify writes it, with a bigint as a
 *   number or its digits; in it `{"$tensor": "<name>"}` stands for each tensor.
 *
 * @returns chunks to be written one after the other; all but the first are the tensors' own memory
 */
export function encodeTensorBody(value: unknown): Uint8Array[] {
  const { tensors, json } = takeTensors(value);
  return safetensorsChunks(tensors, json === undefined ? {} : { [jsonKey]: json });
}

/** A value apart: its tensors by name, and JSON in which they are named, unless the value is the object of these tensors. */
export interface ValueApart {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly json: string | undefined;
}

/** Takes a value apart, as {@link encodeTensorBody} says. */
export function takeTensors(value: unknown): ValueApart {
  const byName = tensorsByName(value);
  if (byName !== undefined) return { tensors: byName, json: undefined };
  const tensors = new Map<string, Tensor>();
  const root = Tensor.isTensor(value) ? new TensorName(addTensor(tensors, "", value)) : value;
  const json = JSON.stringify(root, (_key, item: unknown) => {
    if (typeof item === "bigint") return Number.isSafeInteger(Number(item)) ? Number(item) : item.toString();
    if (typeof item !== "object" || item === null || item instanceof TensorName) return item;
    // Tensors are named from the object that holds them: once JSON.stringify meets one, it lists all its elements.
    const data = nameTensors(item, tensors);
    const only = onlyKey(data);
    return only !== undefined && escapable.test(only) ? { [`$${only}`]: (data as Container)[only] } : data;
  });
  return { tensors, json: json ?? "null" };
}

/**
 * The value of a body that {@link encodeTensorBody} or another safetensors library wrote. Where it has no JSON, it is the
 * object of its tensors.
 * @throws BENTO_BAD_REQUEST when the bytes are no such body: see {@link decodeSafetensors}; in JSON, each tensor must stand
 *   exactly once, because a few bytes could name a large one very often
 * @throws BENTO_PAYLOAD_TOO_LARGE for JSON of too many lists and objects
 */
export function decodeTensorBody(bytes: Uint8Array): unknown {
  const { tensors, metadata } = decodeSafetensors(bytes);
  return joinTensors({ tensors, json: Object.hasOwn(metadata, jsonKey) ? metadata[jsonKey] : undefined });
}

/**
 * The value that {@link takeTensors} took apart.
 * @param carrier what had its JSON in its metadata, for errors
 * @throws BENTO_BAD_REQUEST when the JSON does not name each tensor exactly once
 */
export function joinTensors({ tensors, json }: ValueApart, carrier = "safetensors"): unknown {
  if (json === undefined) return Object.fromEntries(tensors);
  const unplaced: Unplaced = { tensors: new Map(tensors), carrier };
  const holder = { root: parseJson(json, carrier) };
  putTensors(holder, unplaced);
  const [left] = unplaced.tensors.keys();
  if (left !== undefined) throw wrongJson(carrier, `does not say where the tensor ${quote(left)} belongs`);
  return holder.root;
}

/** The tensor itself where a value is one tensor alone, under whatever name; else the value as it is. */
export function onlyTensor(value: unknown): unknown {
  const only = onlyKey(value);
  const item = only === undefined ? undefined : (value as Record<string, unknown>)[only];
  return Tensor.isTensor(item) && !Tensor.isTensor(value) ? item : value;
}

function tensorsByName(value: unknown): Map<string, Tensor> | undefined {
  if (!isPlainObject(value)) return undefined;
  const tensors = new Map<string, Tensor>();
  for (const [name, item] of Object.entries(value)) {
    if (!Tensor.isTensor(item) || name === metadataKey) return undefined;
    tensors.set(name, item);
  }
  return tensors.size === 0 ? undefined : tensors;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}

/** The one key of an object that has no other. */
function onlyKey(value: unknown): string | undefined {
  if (!isPlainObject(value)) return undefined;
  let only: string | undefined;
  for (const key in value) {
    if (only !== undefined) return undefined;
    only = key;
  }
  return only;
}

/** Under the key that it has in the value, or that with a number. */
function addTensor(tensors: Map<string, Tensor>, key: string, tensor: Tensor): string {
  const wanted = key === "" || key === metadataKey ? "tensor" : key;
  let name = wanted;
  for (let number = tensors.size; tensors.has(name); number++) name = `${wanted}.${number}`;
  tensors.set(name, tensor);
  return name;
}

/** The object or list with the names of its tensors; itself, where it has none. */
function nameTensors(item: object, tensors: Map<string, Tensor>): object {
  const named = (key: string, value: unknown): unknown => (Tensor.isTensor(value) ? new TensorName(addTensor(tensors, key, value)) : value);
  if (!Object.values(item).some((value) => Tensor.isTensor(value))) return item;
  if (Array.isArray(item)) return item.map((value, index) => named(String(index), value));
  return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, named(key, value)]));
}

function parseJson(text: string, carrier: string): unknown {
  checkContainers(text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw wrongJson(carrier, "is no JSON", cause);
  }
}

/** The tensors that have no place yet. */
interface Unplaced {
  readonly tensors: Map<string, Tensor>;
  readonly carrier: string;
}

type Container = Record<string | number, unknown>;

/** Puts each tensor where it is named, and takes it from the map. Without recursion, so that no depth ends the stack. */
function putTensors(holder: object, unplaced: Unplaced): void {
  const left = [holder as Container];
  for (let container = left.pop(); container !== undefined; container = left.pop()) {
    // Keys are own properties here, "__proto__" too: nothing is set on a prototype.
    if (!Array.isArray(container)) for (const key of Object.keys(container)) put(container, key, unplaced, left);
    else for (let index = 0; index < container.length; index++) put(container, index, unplaced, left);
  }
}

function put(container: Container, key: string | number, unplaced: Unplaced, left: Container[]): void {
  const item = container[key];
  if (typeof item !== "object" || item === null) return;
  const only = onlyKey(item);
  if (only === tensorKey) container[key] = takeTensor(unplaced, (item as Container)[only]);
  else if (only === undefined || !escaped.test(only)) left.push(item as Container);
  else {
    const meant = { [only.slice(1)]: (item as Container)[only] };
    container[key] = meant;
    left.push(meant);
  }
}

function takeTensor({ tensors, carrier }: Unplaced, name: unknown): Tensor {
  const tensor = typeof name === "string" ? tensors.get(name) : undefined;
  if (tensor === undefined)
    throw wrongJson(carrier, `names ${typeof name === "string" ? quote(name) : "something"}, which is no tensor, or was named before`);
  tensors.delete(name as string);
  return tensor;
}

function wrongJson(carrier: string, problem: string, cause?: unknown): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", `The ${carrier}' metadata "${jsonKey}" ${problem}.`, {
    ...(cause !== undefined && { cause }),
    hint: `Name each tensor once, where it belongs: {"${tensorKey}": "<name>"}.`,
  });
}
