import type { ModelStore } from "@bento/store";
import type { Environment } from "../contexts/connection.js";
import type { CallOptions, RegistryOptions } from "../registry.js";
import { credentialsFor, type OciCredentials } from "./credentials.js";
import { OciHttp } from "./oci-http.js";
import type { OciReference } from "./reference.js";

/** What every transfer to or from an OCI registry can be told. */
export interface OciOptions extends CallOptions, Pick<RegistryOptions, "home" | "parallel" | "retry"> {
  /** Default: the file store of the home. */
  readonly store?: ModelStore | undefined;
  /** Default: as BENTO_OCI_USERNAME and BENTO_OCI_PASSWORD say, else as `docker login` left it. */
  readonly credentials?: OciCredentials | undefined;
  /** Hosts that may give tokens besides the registry's own and its siblings. Default: those of BENTO_OCI_REALMS, with commas between them. */
  readonly realms?: readonly string[] | undefined;
  readonly env?: Environment | undefined;
}

/** The way to a repository. */
export async function openOci(reference: OciReference, options: OciOptions, actions: "pull" | "pull,push"): Promise<OciHttp> {
  const { env = process.env, credentials = await credentialsFor(reference.origin, env), realms = realmsOf(env) } = options;
  return new OciHttp({ reference, credentials, realms, actions });
}

function realmsOf(env: Environment): readonly string[] {
  const hosts = (env["BENTO_OCI_REALMS"] ?? "").split(",").map((host) => host.trim());
  return hosts.filter((host) => host !== "");
}
