import { BentoError, type Tag } from "@bento/core";
import type { ItemKind } from "./item-kind.js";

const shown = 10;

/**
 * The version that a tag with a version means: that one, or the only one that starts with it.
 * @param versions sorted
 * @throws the kind's codes for what is not there and for what is ambiguous
 */
export function chooseVersion(kind: ItemKind, tag: Tag, versions: readonly string[]): string {
  const wanted = tag.version as string;
  if (versions.includes(wanted)) return wanted;
  const fitting = versions.filter((version) => version.startsWith(wanted));
  if (fitting.length === 1) return fitting[0] as string;
  if (fitting.length === 0) throw versionNotFound(kind, tag, versions);
  throw new BentoError(kind.codes.ambiguous, `${JSON.stringify(String(tag))} fits several ${kind.noun}s: ${listed(fitting, tag.name)}.`, {
    hint: "Write more of the version.",
  });
}

/** The error for a version that a name does not have. */
export function versionNotFound({ noun, codes, listCommand }: ItemKind, tag: Tag, versions: readonly string[]): BentoError {
  return new BentoError(codes.notFound, `There is no ${noun} ${JSON.stringify(String(tag))} in the store.`, {
    hint:
      versions.length === 0
        ? `${JSON.stringify(tag.name)} has no versions; list() or \`${listCommand}\` shows what there is.`
        : `There is ${listed(versions, tag.name)}. list({ name: ${JSON.stringify(tag.name)} }) or \`${listCommand} ${tag.name}\` shows all of it.`,
  });
}

/** The error for a name that a store does not have. */
export function nameNotFound({ noun, codes, listCommand }: ItemKind, tag: Tag, names: readonly string[], location: string): BentoError {
  const close = closeNames(tag.name, names);
  return new BentoError(codes.notFound, `There is no ${noun} named ${JSON.stringify(tag.name)} in the store ${JSON.stringify(location)}.`, {
    hint: `${close.length === 0 ? "" : `Did you mean ${close.map((name) => JSON.stringify(name)).join(" or ")}? `}list() or \`${listCommand}\` shows what there is.`,
  });
}

/** The error for a tag that is taken. */
export function itemExists({ noun, codes }: ItemKind, tag: Tag): BentoError {
  return new BentoError(codes.exists, `The store already has a ${noun} ${JSON.stringify(String(tag))}.`, {
    hint: `${noun === "model" ? "Models" : "Bentos"} never change. Save under another version, leave the version out to get a new one, or delete ${tag.toString()} first.`,
  });
}

/** The error for a tag that is taken already when an archive brings it. */
export function incomingExists(kind: ItemKind, tag: Tag): BentoError {
  const { code, message } = itemExists(kind, tag);
  const elsewhere = kind.noun === "model" ? "Import it under another version" : "Delete the one in the store first";
  return new BentoError(code, message, {
    hint: `${elsewhere}; or say existing: "skip" to keep the one that is there, existing: "replace" to put this in its place.`,
  });
}

function listed(versions: readonly string[], name: string): string {
  const some = versions.slice(0, shown).map((version) => `${name}:${version}`);
  return some.join(", ") + (versions.length > shown ? ` and ${versions.length - shown} more` : "");
}

/** Up to three names that a person may have meant: they begin alike, or differ by a slip of the finger. */
function closeNames(wanted: string, names: readonly string[]): readonly string[] {
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  return names
    .map((name) => ({ name, distance: name.startsWith(wanted) || wanted.startsWith(name) ? 0 : editDistance(wanted, name, allowed) }))
    .filter(({ distance }) => distance <= allowed)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** How many letters must be put in, taken out or changed; any number above `limit` stands for "too many". */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    above = row;
  }
  return above[b.length] as number;
}
