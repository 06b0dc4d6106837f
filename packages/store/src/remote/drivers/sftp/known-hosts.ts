import { createHash, createHmac } from "node:crypto";
import { matchesPatterns } from "./ssh-config.js";

/** What is known of a key that a server shows. */
export type HostKeyVerdict = "known" | "unknown" | "changed" | "revoked";

interface Line {
  readonly isRevoked: boolean;
  readonly hosts: string;
  readonly type: string;
  readonly key: string;
}

/** Keys of servers, as OpenSSH keeps them. Lines of authorities (`@cert-authority`) are passed over: certificates of hosts are not supported. */
export class KnownHosts {
  readonly #lines: readonly Line[];

  /** @param texts of all files */
  constructor(texts: readonly string[]) {
    this.#lines = texts.flatMap((text) => text.split(/\r?\n/)).flatMap(lineOf);
  }

  /**
   * Whether a server is who it says. A server of which only keys of other kinds are known counts as changed: it was asked
   * for those.
   */
  judge(host: string, port: number, key: Buffer): HostKeyVerdict {
    const verdict = this.#judge(nameOf(host, port), key);
    // As OpenSSH does: a key that is known for the host at its usual port is good for the others.
    return verdict === "unknown" && port !== 22 && this.#judge(nameOf(host, 22), key) === "known" ? "known" : verdict;
  }

  /** Kinds of the keys that a server is known by. */
  typesOf(host: string, port: number): readonly string[] {
    const lines = this.#linesOf(nameOf(host, port));
    const found = lines.length > 0 || port === 22 ? lines : this.#linesOf(nameOf(host, 22));
    return [...new Set(found.filter(({ isRevoked }) => !isRevoked).map(({ type }) => type))];
  }

  #judge(name: string, key: Buffer): HostKeyVerdict {
    const lines = this.#linesOf(name);
    const same = lines.filter((line) => line.key === key.toString("base64"));
    if (same.some(({ isRevoked }) => isRevoked)) return "revoked";
    if (same.length > 0) return "known";
    return lines.some(({ isRevoked }) => !isRevoked) ? "changed" : "unknown";
  }

  #linesOf(name: string): readonly Line[] {
    return this.#lines.filter(({ hosts }) => isAbout(hosts, name));
  }
}

/** A server as the files name it. */
export function nameOf(host: string, port: number): string {
  return port === 22 ? host.toLowerCase() : `[${host.toLowerCase()}]:${port}`;
}

/** A key as people compare it. */
export function fingerprintOf(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The kind of a key, which it begins with. */
export function typeOf(key: Buffer): string {
  return key.subarray(4, 4 + key.readUInt32BE(0)).toString("latin1");
}

function lineOf(text: string): readonly Line[] {
  const [, marker, hosts, type, key] = /^\s*(?:(@\S+)\s+)?([^\s#@]\S*)\s+([a-z0-9@.-]+)\s+([A-Za-z0-9+/]+=*)(?:\s|$)/.exec(text) ?? [];
  if (hosts === undefined || type === undefined || key === undefined) return [];
  if (marker !== undefined && marker !== "@revoked") return [];
  return [{ isRevoked: marker === "@revoked", hosts, type, key }];
}

function isAbout(hosts: string, name: string): boolean {
  const [, salt, hash] = /^\|1\|([A-Za-z0-9+/=]+)\|([A-Za-z0-9+/=]+)$/.exec(hosts) ?? [];
  if (salt === undefined) return matchesPatterns(name, hosts.split(","));
  return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}
