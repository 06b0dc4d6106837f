import { type JsonSchema, peekSafetensors, safetensorsType } from "@bento/core";

import { fieldsOf } from "../bodies/form-fields.js";
import type { Form, FormPart } from "../bodies/form.js";
import { isText } from "../bodies/part-head.js";
import type { BodyItems } from "./count-json-items.js";
import { type Counted, countedMembers } from "./counted-members.js";
import { JsonScan } from "./json-scan.js";

/** Counts the items of a form without reading their values; `undefined` where only these tell. */
export type FormCounter = (form: Form) => BodyItems | undefined;

/**
 * The counter of an endpoint's forms: as that of its JSON bodies. A field that may be a list has an item for each of its
 * parts, such as files, unless it is one text that is a list; tensors may come in safetensors.
 * @param input JSON Schema of the endpoint's input
 * @param dim the dimension along which the items lie
 */
export function makeFormCounter(input: JsonSchema, dim: number): FormCounter | undefined {
  const { members } = countedMembers(input);
  if (members.size === 0) return undefined;
  return (form) => {
    const lists = fieldsOf(input);
    let items: number | undefined;
    let rest = "";
    for (const [name, parts] of partsByName(form)) {
      const kind = members.get(name);
      if (kind === undefined) {
        const text = restOf(name, parts);
        if (text === undefined) return undefined;
        rest += text;
        continue;
      }
      const count = countField(parts, kind, lists.get(name)?.isList === true, dim);
      if (count === undefined || (items !== undefined && items !== count)) return undefined;
      items = count;
    }
    return items === undefined ? undefined : { items, rest };
  };
}

function partsByName({ parts }: Form): ReadonlyMap<string, readonly FormPart[]> {
  const byName = new Map<string, FormPart[]>();
  for (const part of parts) {
    const known = byName.get(part.name);
    if (known === undefined) byName.set(part.name, [part]);
    else known.push(part);
  }
  return byName;
}

function countField(parts: readonly FormPart[], kind: Counted, isList: boolean, dim: number): number | undefined {
  const [first, ...more] = parts as readonly [FormPart];
  if (more.length > 0) return isList && dim === 0 ? parts.length : undefined;
  const { content, type } = first;
  if (!(content instanceof Uint8Array)) return isList && dim === 0 ? 1 : undefined;
  if (type?.split(";", 1)[0]?.trim().toLowerCase() === safetensorsType && kind.isItems) return countTensor(content, dim);
  const scan = new JsonScan(content);
  scan.skipSpace();
  if (!isText(first) || !scan.isAt("[")) return isList && dim === 0 ? 1 : undefined;
  if (kind.isDeep && scan.isFlat()) return undefined;
  const count = scan.countItems(dim);
  scan.skipSpace();
  return scan.isAtEnd ? count : undefined;
}

function countTensor(bytes: Uint8Array, dim: number): number | undefined {
  try {
    const { tensors } = peekSafetensors(bytes);
    const [only] = tensors.values();
    return tensors.size === 1 ? only?.shape[dim] : undefined;
  } catch {
    // Whoever decodes it finds out what is wrong.
    return undefined;
  }
}

/** As it would stand in JSON, where it is JSON; files are equal to nothing. */
function restOf(name: string, parts: readonly FormPart[]): string | undefined {
  let rest = "";
  for (const part of parts) {
    if (!isText(part) || !(part.content instanceof Uint8Array)) return undefined;
    rest += `${JSON.stringify(name)}:${Buffer.from(part.content).toString("latin1")},`;
  }
  return rest;
}
