import { createHash, randomBytes } from "node:crypto";
import type { Challenge } from "./challenges.js";

/** Names of algorithms, and Node's of the hashes that they use. The best first. */
const algorithms = [
  ["SHA-256", "sha256"],
  ["SHA-256-SESS", "sha256"],
  ["MD5", "md5"],
  ["MD5-SESS", "md5"],
] as const;

/** Who logs in. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** A way to prove that one knows a password without sending it. @source RFC 7616 */
export class Digest {
  readonly nonce: string;
  readonly #challenge: ReadonlyMap<string, string>;
  readonly #algorithm: (typeof algorithms)[number];
  readonly #hasQuality: boolean;
  #count = 0;

  private constructor(challenge: ReadonlyMap<string, string>, algorithm: (typeof algorithms)[number], nonce: string, hasQuality: boolean) {
    this.#challenge = challenge;
    this.#algorithm = algorithm;
    this.nonce = nonce;
    this.#hasQuality = hasQuality;
  }

  /** The best of what a server offers; `undefined` where it offers none that is known here. */
  static of(challenges: readonly Challenge[]): Digest | undefined {
    const offered = challenges.filter(({ scheme }) => scheme === "digest");
    for (const algorithm of algorithms) {
      for (const { params } of offered) {
        const qualities = params
          .get("qop")
          ?.split(",")
          .map((quality) => quality.trim().toLowerCase());
        const nonce = params.get("nonce");
        if ((params.get("algorithm") ?? "MD5").toUpperCase() !== algorithm[0] || nonce === undefined) continue;
        if (qualities === undefined || qualities.includes("auth")) return new Digest(params, algorithm, nonce, qualities !== undefined);
      }
    }
    return undefined;
  }

  /** The header for one request. */
  header({ user, password }: Login, method: string, uri: string, clientNonce = randomBytes(16).toString("hex")): string {
    const [name, hashName] = this.#algorithm;
    const hash = (text: string): string => createHash(hashName).update(text).digest("hex");
    const realm = this.#challenge.get("realm") ?? "";
    const count = (++this.#count).toString(16).padStart(8, "0");
    const known = hash(`${user}:${realm}:${password}`);
    const first = name.endsWith("-SESS") ? hash(`${known}:${this.nonce}:${clientNonce}`) : known;
    const quality = this.#hasQuality ? `:${count}:${clientNonce}:auth` : "";
    const response = hash(`${first}:${this.nonce}${quality}:${hash(`${method}:${uri}`)}`);
    const opaque = this.#challenge.get("opaque");
    const fields = [
      `username=${quoted(user)}`,
      `realm=${quoted(realm)}`,
      `nonce=${quoted(this.nonce)}`,
      `uri=${quoted(uri)}`,
      `response="${response}"`,
      ...(this.#challenge.has("algorithm") ? [`algorithm=${name.replace("-SESS", "-sess")}`] : []),
      ...(this.#hasQuality
        ? ["qop=auth", `nc=${count}`, `cnonce="${clientNonce}"`]
        : name.endsWith("-SESS")
          ? [`cnonce="${clientNonce}"`]
          : []),
      ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ];
    return `Digest ${fields.join(", ")}`;
  }
}

/** Headers are bytes: UTF-8, as Node sends them, which takes each character for one. */
function quoted(text: string): string {
  return `"${Buffer.from(text.replaceAll(/["\\]/g, "\\$&"), "utf8").toString("latin1")}"`;
}
