import { BentoError } from "@bento/core";
import type { RemoteLocation } from "../../remote.js";
import { booleanParameter, knownParameters } from "../shared/parameters.js";
import { largestPart, smallestPart } from "./part-sizes.js";

/** What a location says of a bucket, and of who asks. What it does not say comes from the environment. */
export interface S3Settings {
  readonly bucket: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  /** Whether the bucket stands in the path of a request, and not before the host. */
  readonly pathStyle: boolean | undefined;
  readonly profile: string | undefined;
  readonly isAnonymous: boolean;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string } | undefined;
  readonly partSize: number | undefined;
}

/** What may be said, and the words for it: ours, and those of Python's s3fs. */
const words = {
  endpoint: ["endpoint", "endpoint_url"],
  region: ["region", "region_name"],
  pathStyle: ["pathStyle", "path_style"],
  profile: ["profile"],
  anonymous: ["anonymous", "anon"],
  sessionToken: ["sessionToken", "session_token", "token"],
  partSize: ["partSize", "part_size"],
} as const;

/** What a location says, checked. Secrets in it become known. @throws BENTO_BAD_REQUEST */
export function settingsOf(location: RemoteLocation): S3Settings {
  const { protocol, host: bucket, port, user, password, secrets } = location;
  const bad = (message: string, hint?: string): BentoError =>
    new BentoError("BENTO_BAD_REQUEST", secrets.redact(`The ${protocol}:// location ${message}`), { hint });
  if (location.isUntrusted) {
    throw bad("is not trusted, and credentials would be looked for.", "Take an https:// URL of the object, such as a presigned one.");
  }
  if (!/^[A-Za-z0-9][\w.-]{1,254}$/.test(bucket) || port !== undefined) {
    throw bad(
      `names no bucket: ${JSON.stringify(bucket)}.`,
      `Write ${protocol}://bucket/key, and give the server as the parameter endpoint.`,
    );
  }
  const said = knownParameters(location, words);
  secrets.add(said.sessionToken);
  const isAnonymous = booleanParameter("anonymous", said.anonymous) ?? false;
  if ((user === undefined) !== (password === undefined)) {
    throw bad("gives only one of user and password.", "They are the access key and the secret key: give both, or neither.");
  }
  if (user === undefined && said.sessionToken !== undefined) throw bad("has a session token without keys.", "Give user and password too.");
  if (isAnonymous && user !== undefined) throw bad("is anonymous and gives keys.", "Leave one of them out.");
  const { sessionToken } = said;
  return {
    bucket,
    endpoint: endpointOf(said.endpoint, bad),
    region: said.region,
    pathStyle: booleanParameter("pathStyle", said.pathStyle),
    profile: said.profile,
    isAnonymous,
    credentials:
      user === undefined || password === undefined
        ? undefined
        : { accessKeyId: user, secretAccessKey: password, ...(sessionToken === undefined ? {} : { sessionToken }) },
    partSize: partSizeOf(said.partSize, bad),
  };
}

type Bad = (message: string, hint?: string) => BentoError;

/** Never quoted: a URL may hold secrets. */
function endpointOf(text: string | undefined, bad: Bad): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !["http:", "https:"].includes(url.protocol) || url.search !== "" || url.hash !== "") {
    throw bad("has an endpoint that is no URL of a server.", "Write it like https://s3.example.com or http://127.0.0.1:9000.");
  }
  if (url.username !== "" || url.password !== "") throw bad("has keys in its endpoint.", "Give them as user and password.");
  return text;
}

function partSizeOf(text: string | undefined, bad: Bad): number | undefined {
  if (text === undefined) return undefined;
  const [, digits = "", unit = ""] = /^(\d{1,15})(|KiB|MiB|GiB)$/.exec(text) ?? [];
  const bytes = Number(digits) * 1024 ** ["", "KiB", "MiB", "GiB"].indexOf(unit);
  if (digits !== "" && bytes >= smallestPart && bytes <= largestPart) return bytes;
  throw bad(`has a part size of ${JSON.stringify(text)}.`, "Give bytes from 5 MiB to 5 GiB, like 16777216 or 16MiB.");
}
