import { lstatSync, readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { rareBuiltins } from "../rare-builtins.js";

/** Which process made something, in a form that another process can check later. */
export interface ProcessIdentity {
  /** Machine, boot and process namespace: process numbers can be compared only where this is equal. 12 hex digits. */
  readonly place: string;
  readonly pid: number;
  /** Tells apart processes that had the same number one after the other; `0` where the system does not tell. */
  readonly start: string;
}

let own: ProcessIdentity | undefined;

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  own ??= { place: placeOf(), pid: process.pid, start: statOf(process.pid)?.start ?? "0" };
  return own;
}

/**
 * Whether a process still runs, or `undefined` if that cannot be known from here (another machine, another container).
 */
export function isRunning(identity: ProcessIdentity): boolean | undefined {
  const self = ownIdentity();
  if (identity.place !== self.place) return undefined;
  if (identity.pid === self.pid && identity.start === self.start) return true;
  if (!hasProcess(identity.pid)) return false;
  const stat = statOf(identity.pid);
  // A zombie has ended and holds nothing; a different start is another process with a number used again.
  return stat === undefined || (stat.state !== "Z" && stat.start === identity.start);
}

/**
 * Whether something belongs to the user of this process, as far as the system has users. In a folder that all users
 * share, such as /tmp, anybody can make things with the names that leftovers have, and change them while they are removed.
 */
export function isOwn(path: string): boolean {
  const user = process.geteuid?.();
  try {
    return user === undefined || lstatSync(path).uid === user;
  } catch {
    return false;
  }
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function statOf(pid: number): { readonly state: string; readonly start: string } | undefined {
  const text = readText(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  // The second field is the command in parentheses, which may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", start: fields[19] ?? "0" };
}

function placeOf(): string {
  const parts = [hostname(), readText("/proc/sys/kernel/random/boot_id"), readLink("/proc/self/ns/pid")];
  return rareBuiltins.crypto().createHash("sha256").update(parts.join("\n")).digest("hex").slice(0, 12);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
