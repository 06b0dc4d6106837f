import { BentoError } from "@bento/core";
import type * as Yaml from "yaml";
import type { Alias, Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { makeList, makeMap, typedEntries, typedItems, WholeFloat } from "./containers.js";
import { PlainScalar, type ReadOptions } from "./plain-scalar.js";
import { constructScalar, resolvePlain, type ScalarKind, scalarKind } from "./resolve.js";

/** More nesting than any model has, and less than what PyYAML or the stack gives out at. */
export const maxDepth = 256;
/** How many values aliases may repeat in all; an anchor of a million copies is an attack, not a model. */
const maxRepeated = 100_000;

const core = "tag:yaml.org,2002:";
const scalarTags = new Map<string, ScalarKind>(
  (["null", "bool", "int", "float", "timestamp", "str"] as const).map((kind) => [core + kind, kind]),
);

/** A finished node that aliases can repeat. */
interface Anchored {
  readonly value: unknown;
  /** Number of nodes below it, with every alias written out. */
  readonly size: number;
}

/** What building needs beside the document. */
export interface BuildContext {
  /** The YAML library, which its user loads late. */
  readonly library: Pick<typeof Yaml, "isAlias" | "isMap" | "isSeq">;
  /** A place in the text, in words. */
  readonly at: (offset: number) => string;
  readonly options: ReadOptions;
}

/**
 * The value of a parsed document, as PyYAML's SafeConstructor makes it.
 * @throws BENTO_MODEL_INVALID naming the place
 */
export function buildValue(root: unknown, context: BuildContext): unknown {
  return new Builder(context).build(root, 0);
}

class Builder {
  readonly #context: BuildContext;
  /** `undefined` while the anchored node is still being built. */
  readonly #anchors = new Map<string, Anchored | undefined>();
  #size = 0;
  #repeated = 0;

  constructor(context: BuildContext) {
    this.#context = context;
  }

  build(item: unknown, depth: number): unknown {
    if (item === null || item === undefined) return this.#counted(null);
    const node = item as Node;
    if (this.#context.library.isAlias(node)) return this.#repeat(node);
    if (depth > maxDepth) throw this.#error(node, `The YAML is nested deeper than ${maxDepth} levels`);
    const { anchor } = node;
    if (anchor === undefined) return this.#construct(node, depth);
    if (this.#anchors.has(anchor)) throw this.#error(node, `The anchor ${JSON.stringify(anchor)} is set twice`);
    this.#anchors.set(anchor, undefined);
    const before = this.#size;
    const value = this.#construct(node, depth);
    this.#anchors.set(anchor, { value, size: this.#size - before });
    return value;
  }

  #repeat(alias: Alias): unknown {
    const name = alias.source;
    const target = this.#anchors.get(name);
    if (target === undefined) {
      const why = this.#anchors.has(name) ? "holds itself" : "is not set";
      throw this.#error(alias, `The anchor ${JSON.stringify(name)} ${why}`);
    }
    this.#size += target.size;
    this.#repeated += target.size;
    if (this.#repeated > maxRepeated) throw this.#error(alias, `The aliases repeat more than ${maxRepeated} values`);
    return target.value;
  }

  #construct(node: Node, depth: number): unknown {
    this.#size += 1;
    // "!" asks for the type that the look of the scalar gives, quoted or not.
    const tag = node.tag === "!" ? undefined : node.tag;
    try {
      if (this.#context.library.isMap(node)) return this.#map(node, tag, depth);
      if (this.#context.library.isSeq(node)) return this.#list(node, tag, depth);
      return this.#scalar(node as Scalar, tag);
    } catch (error) {
      if (!BentoError.is(error, "BENTO_MODEL_INVALID") || placed.has(error)) throw error;
      throw this.#error(node, error.message.replace(/\.$/, ""), error.hint);
    }
  }

  #scalar(node: Scalar, tag: string | undefined): unknown {
    const text = typeof node.value === "string" ? node.value : (node.source ?? "");
    if (tag === undefined) return node.type === "PLAIN" || node.tag === "!" ? resolvePlain(text) : text;
    if (tag === `${core}binary`) return readBinary(text);
    const kind = scalarTags.get(tag);
    if (kind === undefined) throw this.#unknownTag(node, tag);
    return constructScalar(kind, text);
  }

  #list(node: YAMLSeq, tag: string | undefined, depth: number): unknown {
    if (tag === undefined || tag === `${core}seq`) return makeList(node.items.map((item) => this.build(item, depth + 1)));
    if (tag !== `${core}omap` && tag !== `${core}pairs`) throw this.#unknownTag(node, tag);
    // Python's lists of pairs.
    return node.items.map((item) => {
      const [pair, ...others] = this.#context.library.isMap(item) ? item.items : [];
      if (pair === undefined || others.length > 0) throw this.#error(node, "An item of an ordered map is not a single key with its value");
      return makeList([this.build(pair.key, depth + 2), this.build(pair.value, depth + 2)]);
    });
  }

  #map(node: YAMLMap, tag: string | undefined, depth: number): unknown {
    const set = tag === `${core}set`;
    if (tag !== undefined && tag !== `${core}map` && !set) throw this.#unknownTag(node, tag);
    const merged: (readonly [unknown, unknown])[] = [];
    const own: (readonly [unknown, unknown])[] = [];
    for (const pair of node.items) {
      if (isPlain(pair.key, "<<")) merged.push(...this.#mergeable(pair, depth));
      else {
        const key = isPlain(pair.key, "=") ? "=" : this.build(pair.key, depth + 1);
        if (isContainer(key)) throw this.#error(node, "A list or map cannot be a key");
        own.push([key, this.#valueOf(pair, key, depth)]);
      }
    }
    const entries = [...merged, ...own];
    if (set) return new Set(entries.map(([key]) => (key instanceof WholeFloat ? key.value : key)));
    return makeMap(
      entries.map(([key]) => key),
      entries.map(([, value]) => value),
    );
  }

  #valueOf(pair: Pair, key: unknown, depth: number): unknown {
    const value = this.build(pair.value, depth + 1);
    if (depth > 0 || typeof key !== "string" || this.#context.options.keepText?.has(key) !== true) return value;
    const node = pair.value as Scalar | null;
    if (node === null || node.type !== "PLAIN" || node.tag !== undefined) return value;
    return new PlainScalar(String(node.value), value);
  }

  /** The entries that `<<` brings, in the order in which later ones win. */
  #mergeable(pair: Pair, depth: number): (readonly [unknown, unknown])[] {
    const value = this.build(pair.value, depth + 1);
    const sources = Array.isArray(value) ? typedItems(value).toReversed() : [value];
    return sources.flatMap((source) => {
      if (typeof source !== "object" || source === null || !isContainer(source) || Array.isArray(source)) {
        throw this.#error(pair.key as Node, 'What "<<" merges is not a map');
      }
      if (source instanceof Set) return [...source].map((key) => [key, null] as const);
      return typedEntries(source);
    });
  }

  #counted(value: unknown): unknown {
    this.#size += 1;
    return value;
  }

  #unknownTag(node: Node, tag: string): BentoError {
    return this.#error(node, `The tag ${JSON.stringify(tag)} is unknown here`);
  }

  #error(node: Node, message: string, hint?: string): BentoError {
    const error = new BentoError("BENTO_MODEL_INVALID", `${message}, ${this.#context.at(node.range?.[0] ?? 0)}.`, { hint });
    placed.add(error);
    return error;
  }
}

/** Errors that name their place already. */
const placed = new WeakSet<BentoError>();

/** Base64 as Python reads it: what does not belong to its alphabet is passed over. */
function readBinary(text: string): Uint8Array {
  const clean = text.replace(/[^A-Za-z0-9+/=]/g, "");
  if (!/^[^=]*={0,2}$/.test(clean) || clean.length % 4 !== 0) {
    throw new BentoError("BENTO_MODEL_INVALID", `${JSON.stringify(text.slice(0, 40))} is not base64.`);
  }
  return new Uint8Array(Buffer.from(clean, "base64"));
}

function isContainer(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Array.isArray(value) || value instanceof Map || value instanceof Set || Object.getPrototypeOf(value) === Object.prototype;
}

function isPlain(key: unknown, text: "<<" | "="): boolean {
  const node = key as Scalar | null;
  if (node === null || node.type !== "PLAIN" || node.value !== text) return false;
  return (node.tag === undefined || node.tag === "!") && scalarKind(text) !== "str";
}
