import { windowsProblemOf } from "../../model/file-path.js";
import type { ImportLimits } from "./limits.js";
import { beyondLimit, quoted, unsafeEntry } from "./unsafe.js";

/** Bytes of one name: what the disks of all systems take. */
const maxNameBytes = 255;

/** Under which rules names are read. */
export interface PathRules {
  readonly limits: ImportLimits;
  readonly platform: NodeJS.Platform;
}

/**
 * The place inside an item that a name in an archive means: relative, `/` between its parts, no `.` or `..`; empty for
 * the top itself.
 *
 * Names are read as Python and tar read them (`./a//b` is `a/b`, `d/../ok` is `ok`), so what Python packed comes back,
 * odd characters too. What is absolute or leads out, read as any system would read it, is refused on every system;
 * names that only Windows cannot hold are refused there.
 * @throws BENTO_ARCHIVE_UNSAFE quoting the name
 */
export function readEntryPath(raw: string, rules: PathRules): string {
  checkLength(raw, rules.limits);
  const problem = problemOf(raw);
  if (problem !== undefined) throw unsafeEntry(raw, problem);
  const path = resolveParts(raw);
  if (path === undefined) throw unsafeEntry(raw, "it leads out");
  // Without its "./" a name may be another one to Windows.
  const problemInside = path === "" ? undefined : problemOf(path);
  if (problemInside !== undefined) throw unsafeEntry(raw, problemInside);
  checkParts(raw, path, rules);
  return path;
}

/** Where a link inside an archive leads, as {@link readEntryPath} gives it. @param from the folder that the target starts at */
export function readLinkTarget(link: string, target: string, from: string, rules: PathRules): string {
  const problem =
    target === "" ? "it leads nowhere" : target.length > rules.limits.maxPathBytes ? "its target is too long" : problemOf(target);
  const path = problem === undefined ? resolveParts(from === "" ? target : `${from}/${target}`) : undefined;
  if (path !== undefined) return path;
  throw unsafeEntry(link, `it is a link to ${quoted(target)}; ${problem ?? "it leads out"}`);
}

function checkLength(raw: string, limits: ImportLimits): void {
  if (raw.length <= limits.maxPathBytes && Buffer.byteLength(raw) <= limits.maxPathBytes) return;
  throw beyondLimit("maxPathBytes", limits, `the path ${quoted(raw)} is too long`);
}

function problemOf(raw: string): string | undefined {
  if (raw === "") return "its name is empty";
  if (raw.includes("\0")) return "its name holds a NUL character";
  if (/\p{Surrogate}/u.test(raw)) return "its name is not Unicode";
  if (raw.startsWith("/")) return "its name is absolute";
  // To Python and to disks other than Windows' these are ordinary characters; a name that would lead out there is no accident.
  if (raw.startsWith("\\")) return "its name is absolute on Windows";
  if (/^[a-z]:(?:[/\\]|\.\.)/i.test(raw)) return "its name begins with a drive of Windows";
  if (raw.includes("\\") && resolveParts(raw.replaceAll("\\", "/")) === undefined) return "its name leads out on Windows";
  return undefined;
}

/** `undefined` when the path leads out on its way, even if it comes back. */
function resolveParts(raw: string): string | undefined {
  const parts: string[] = [];
  for (const part of raw.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.join("/");
}

function checkParts(raw: string, path: string, { limits, platform }: PathRules): void {
  const parts = path.split("/");
  if (parts.length - 1 > limits.maxDepth) throw beyondLimit("maxDepth", limits, `${quoted(raw)} lies too deep`);
  const long = parts.find((part) => part.length > maxNameBytes || Buffer.byteLength(part) > maxNameBytes);
  if (long !== undefined) throw unsafeEntry(raw, `the name ${quoted(long)} is longer than ${maxNameBytes} bytes`);
  if (platform !== "win32") return;
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  const problem = /[\\\0-\x1f]/.test(path) ? "it has a character that Windows does not allow" : windowsProblemOf(path);
  if (problem !== undefined) throw unsafeEntry(raw, problem);
}
