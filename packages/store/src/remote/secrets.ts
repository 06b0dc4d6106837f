import type { Secrets } from "./remote.js";

const mask = "***";
/** A user and password before a host. */
const userInfo = /(\b[a-z][a-z0-9+.-]*:\/\/)[^/\s"'<>@?#]*@/gi;

/** Remembers secrets in every spelling that a server or library may repeat them in. */
export class KnownSecrets implements Secrets {
  readonly #texts = new Set<string>();

  add(secret: string | undefined): void {
    if (secret === undefined || secret === "") return;
    const bytes = Buffer.from(secret);
    const inForm = new URLSearchParams([["", secret]]).toString().slice(1);
    const escaped = [encodeURIComponent(secret), encodeURI(secret), inForm];
    // Some write the digits of escapes in small letters, and some take no + of a query for the blank that it stands for.
    const others = [...escaped.map((text) => text.replaceAll(/%../g, (code) => code.toLowerCase())), secret.replaceAll(" ", "+")];
    for (const text of [
      secret,
      ...escaped,
      ...others,
      JSON.stringify(secret).slice(1, -1),
      bytes.toString("base64"),
      bytes.toString("base64url"),
    ])
      this.#texts.add(text);
  }

  redact(text: string): string {
    let redacted = text.replaceAll(userInfo, "$1");
    // The longest first: a secret may be part of another.
    for (const secret of [...this.#texts].toSorted((a, b) => b.length - a.length)) redacted = redacted.replaceAll(secret, mask);
    return redacted;
  }
}
