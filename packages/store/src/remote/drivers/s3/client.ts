import { createHash } from "node:crypto";
import type * as s3 from "@aws-sdk/client-s3";
import type { RemoteLocation } from "../../remote.js";
import { loadOptional } from "../shared/optional-package.js";
import { idleAgentsTo } from "./idle-agents.js";
import type { S3Settings } from "./settings.js";

/** The SDK, and a client of it for one bucket. */
export interface S3Access {
  readonly sdk: typeof s3;
  readonly client: s3.S3Client;
  /** Asks in another region from now on. @returns whether it is another */
  moveTo(region: string): boolean;
}

/**
 * Makes a client. What the location does not say is looked for where AWS's own tools look: the environment, the files in
 * `~/.aws`, the machine.
 * @throws BENTO_CONFIG_INVALID without the package
 */
export async function openClient(settings: S3Settings, location: RemoteLocation): Promise<S3Access> {
  const sdk = await loadOptional(() => import("@aws-sdk/client-s3"), { name: "@aws-sdk/client-s3", scheme: location.protocol });
  const { profile, isAnonymous } = settings;
  // A client that asks nobody anything: what it has found of its own accord goes into the one that is used.
  const found = new sdk.S3Client(profile === undefined ? {} : { profile });
  const endpoint = settings.endpoint ?? (await found.config.serviceConfiguredEndpoint?.());
  let region = await regionOf(settings, found);
  const client = new sdk.S3Client({
    region: () => Promise.resolve(region),
    ...(endpoint === undefined ? {} : { endpoint }),
    // Hosts for each bucket are a matter of AWS's own servers and few others.
    forcePathStyle: settings.pathStyle ?? endpoint !== undefined,
    // Servers other than AWS's take the sums that it adds by default for content.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // One try for each request: whoever asks knows better what may be tried again.
    maxAttempts: 1,
    // With it each part would have a connection of its own.
    expectContinueHeader: false,
    requestHandler: { ...(await idleAgentsTo(endpoint ?? awsUrl(location.host, region))), socketTimeout: 0 },
    // It would write to the console of what is told as an error anyway.
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    ...(isAnonymous ? { credentials: nobody, signer: { sign: (request) => Promise.resolve(request) } } : { credentials: keys }),
  });
  signByMd5(client);
  return { sdk, client, moveTo };

  function moveTo(other: string): boolean {
    const isOther = other !== region;
    region = other;
    return isOther;
  }

  async function keys(options?: Parameters<typeof found.config.credentials>[0]): Promise<Keys> {
    const current = settings.credentials ?? (await found.config.credentials(options));
    location.secrets.add(current.secretAccessKey);
    location.secrets.add(current.sessionToken);
    return current;
  }
}

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  readonly expiration?: Date;
}

const nobody: Keys = { accessKeyId: "", secretAccessKey: "" };

/** Any will do where none is said: AWS then says which the bucket's is, and others have none. */
async function regionOf({ region }: S3Settings, found: s3.S3Client): Promise<string> {
  const said = region ?? process.env["AWS_REGION"] ?? process.env["AWS_DEFAULT_REGION"];
  if (said !== undefined && said !== "") return said;
  return found.config.region().catch(() => "us-east-1");
}

/**
 * Content is vouched for by its MD5, which every server compares and the signature covers: a second digest of it would
 * be for nothing. A request to delete many gets one too, which older servers insist on; the SDK gives a CRC32.
 */
function signByMd5({ middlewareStack }: s3.S3Client): void {
  middlewareStack.add(
    (next) => (step) => {
      const { headers, body } = step.request as { readonly headers: Record<string, string>; readonly body?: unknown };
      if (headers["content-md5"] !== undefined) headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD";
      else if (typeof body === "string" && "Delete" in step.input) headers["content-md5"] = createHash("md5").update(body).digest("base64");
      return next(step);
    },
    { step: "build", name: "bentoMd5", priority: "low" },
  );
}

/** Where AWS's own servers are, as far as which proxy leads there depends on it. */
function awsUrl(bucket: string, region: string): string {
  return `https://${bucket}.s3.${region}.amazonaws.com`;
}

function silent(): void {}
