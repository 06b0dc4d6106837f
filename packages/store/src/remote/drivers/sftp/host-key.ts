import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { BentoError } from "@bento/core";
import { textOf } from "./config-files.js";
import { fingerprintOf, KnownHosts, nameOf, typeOf } from "./known-hosts.js";
import type { SshSettings } from "./ssh-settings.js";

/** Names of algorithms for a key's kind, where they differ: newer ones use other digests with the same key. */
const algorithmsOfRsa = ["rsa-sha2-512", "rsa-sha2-256"];
/** What servers are asked for, the best first. SHA-1 and DSA are not. */
const usualAlgorithms = ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", ...algorithmsOfRsa];

/** Decides whether a server is the one that is meant. */
export class HostKeyCheck {
  /** What the server is asked for: kinds of keys that it is known by before others. */
  readonly algorithms: readonly string[];
  /** Why the server was not trusted. */
  refusal: BentoError | undefined;
  readonly #settings: SshSettings;
  readonly #known: KnownHosts;
  readonly #place: string;

  constructor(settings: SshSettings, place: string) {
    this.#settings = settings;
    this.#place = place;
    this.#known = new KnownHosts(settings.knownHosts.flatMap((file) => textOf(file) ?? []));
    const known = this.#known
      .typesOf(settings.hostKeyName, settings.port)
      .flatMap((type) => (type === "ssh-rsa" ? algorithmsOfRsa : [type]));
    const first = settings.hostKey === undefined ? usualAlgorithms.filter((name) => known.includes(name)) : [];
    this.algorithms = [...first, ...usualAlgorithms.filter((name) => !first.includes(name))];
  }

  /** Whether to go on with a server that showed this key. */
  isTrusted(key: Buffer): boolean {
    try {
      this.#check(key);
      return true;
    } catch (error) {
      this.refusal = BentoError.from(error);
      return false;
    }
  }

  #check(key: Buffer): void {
    const { hostKey, hostKeyName, port, acceptNew } = this.#settings;
    const fingerprint = fingerprintOf(key);
    const verdict = this.#known.judge(hostKeyName, port, key);
    const shown = `its ${typeOf(key)} key ${fingerprint}`;
    if (verdict === "revoked") throw this.#refused(`${shown} is marked as revoked`, "Do not connect: somebody may have that key.");
    if (hostKey !== undefined) {
      if (hostKey.replace(/=$/, "") === fingerprint) return;
      throw this.#refused(
        `${shown} is not the one that was asked for, ${hostKey}`,
        "Find out why before going on: somebody may be in between.",
      );
    }
    if (verdict === "known") return;
    if (verdict === "changed") {
      throw this.#refused(
        `${shown} is another than the one that is known`,
        `Find out why before going on: somebody may be in between. If the server has a new key, ssh-keygen -R ${JSON.stringify(nameOf(hostKeyName, port))} forgets the old one.`,
      );
    }
    if (acceptNew) this.#remember(key);
    else {
      throw this.#refused(
        `nobody knows ${shown}`,
        `If that is the server's, name it with params.hostKey=${fingerprint}, or add it: ssh-keyscan -p ${port} ${hostKeyName} >> ~/.ssh/known_hosts. "StrictHostKeyChecking accept-new" in ~/.ssh/config trusts new servers the first time.`,
      );
    }
  }

  #remember(key: Buffer): void {
    const { knownHosts, hostKeyName, port } = this.#settings;
    const file = knownHosts[0];
    if (file === undefined) return;
    const text = textOf(file) ?? "";
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const start = text === "" || text.endsWith("\n") ? "" : "\n";
    appendFileSync(file, `${start}${nameOf(hostKeyName, port)} ${typeOf(key)} ${key.toString("base64")}\n`, { mode: 0o600 });
  }

  #refused(reason: string, hint: string): BentoError {
    return new BentoError("BENTO_FORBIDDEN", `${JSON.stringify(this.#place)} is not trusted: ${reason}.`, { hint });
  }
}
