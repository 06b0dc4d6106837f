import { BentoError } from "@bento/core";

/** Where a model lies in an OCI registry. */
export interface OciReference {
  /** `https://host`; `http:` on this machine only. */
  readonly origin: string;
  /** Parts of lower-case letters and digits, with `/` between them. */
  readonly repository: string;
  /** A tag, or `sha256:` and 64 digits; absent where none is said. */
  readonly version: string | undefined;
  /** As it was written. */
  readonly text: string;
}

const repositoryPart = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const grammar = new RegExp(
  `^oci://([A-Za-z0-9.-]+(?::[0-9]{1,5})?|\\[[0-9a-f:]+\\](?::[0-9]{1,5})?)/(${repositoryPart}(?:/${repositoryPart})*)(?::([A-Za-z0-9_][A-Za-z0-9._-]{0,127})|@(sha256:[0-9a-f]{64}))?$`,
);
/** A URL, if it is one: what Node 22 knows as URL.parse. */
export function urlOf(text: string, base?: string | URL): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Reads `oci://host/name:tag` or `oci://host/name@sha256:...`.
 * @throws BENTO_BAD_REQUEST quoting it
 */
export function parseReference(text: string): OciReference {
  const [, host, repository, tag, digest] = grammar.exec(text) ?? [];
  const url = urlOf(`https://${host}`);
  if (url === undefined || host === undefined || repository === undefined) {
    throw new BentoError("BENTO_BAD_REQUEST", `${JSON.stringify(text.slice(0, 300))} is no address in an OCI registry.`, {
      hint: "Write oci://host/name:tag, the name in lower case; credentials are given by themselves.",
    });
  }
  const protocol = loopback.test(url.hostname) ? "http:" : "https:";
  return { origin: `${protocol}//${url.host}`, repository, version: tag ?? digest, text };
}
