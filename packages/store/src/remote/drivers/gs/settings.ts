import { BentoError } from "@bento/core";
import type { RemoteLocation } from "../../remote.js";
import { booleanParameter, knownParameters } from "../shared/parameters.js";

/** Who asks: whoever has a token, whoever a file of credentials is of, whoever the machine is set up for, or nobody. */
export type GoogleCredential =
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "found"; readonly keyFile: string | undefined }
  | { readonly kind: "anonymous" };

/** Where a bucket is, and who asks. */
export interface BucketSettings {
  /** Without a `/` at its end. */
  readonly endpoint: string;
  readonly bucket: string;
  readonly credential: GoogleCredential;
  /** The project that pays for what is asked, where the bucket's owner wants that. */
  readonly userProject: string | undefined;
}

/** What may be said, and the words for it. */
const words = {
  endpoint: ["endpoint", "endpoint_url"],
  keyFile: ["keyFile"],
  token: ["token"],
  userProject: ["userProject"],
  anonymous: ["anonymous", "anon"],
} as const;

const googleEndpoint = "https://storage.googleapis.com";

/**
 * What a location and the environment say of a bucket. Another place than Google's own is given no more than what was
 * meant for it: a token or file that the location names, or `GOOGLE_APPLICATION_CREDENTIALS`.
 * @throws BENTO_BAD_REQUEST
 */
export function settingsOf(location: RemoteLocation, environment: Readonly<Record<string, string | undefined>>): BucketSettings {
  const { host: bucket, secrets, protocol } = location;
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(bucket) || location.port !== undefined) {
    throw bad(`${JSON.stringify(bucket)} is no bucket.`, `Write ${protocol}://bucket/path.`);
  }
  if (location.user !== undefined)
    throw bad(`${protocol}:// knows no users.`, "Give an access token as params.token, or a file of credentials as params.keyFile.");
  const said = knownParameters(location, words);
  // What gcsfs has for nobody.
  const isNobody = booleanParameter("anonymous", said.anonymous) || said.token === "anon";
  const token = said.token ?? location.password;
  if (!isNobody) secrets.add(token);
  const given = said.endpoint ?? environment["STORAGE_EMULATOR_HOST"];
  const { keyFile, userProject } = said;
  const isLookedFor = given === undefined || keyFile !== undefined || environment["GOOGLE_APPLICATION_CREDENTIALS"] !== undefined;
  const credential: GoogleCredential =
    isNobody || (token === undefined && !isLookedFor)
      ? { kind: "anonymous" }
      : token === undefined
        ? { kind: "found", keyFile }
        : { kind: "token", token };
  return { endpoint: given === undefined ? googleEndpoint : endpointOf(given), bucket, credential, userProject };
}

/** The variable of the emulators may leave out the scheme. */
function endpointOf(given: string): string {
  const text = /^https?:\/\//i.test(given) ? given : `http://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw bad("The endpoint of the storage is no plain http or https URL.", "Write https://host, or http://host:port for an emulator.");
  }
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

function bad(message: string, hint: string): BentoError {
  return new BentoError("BENTO_BAD_REQUEST", message, { hint });
}
