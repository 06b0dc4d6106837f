import type { ModelStore } from "@bento/store";
import type { Environment } from "../contexts/connection.js";
import type { CallOptions, RegistryOptions } from "../registry.js";
import { credentialsFor, type OciCredentials, type OciLogin } from "./credentials.js";
import { OciHttp } from "./oci-http.js";
import type { OciReference } from "./reference.js";

/** What every transfer to or from an OCI registry can be told. */
export interface OciOptions extends CallOptions, Pick<RegistryOptions, "home" | "parallel" | "retry"> {
  /** Default: the file store of the home. */
  readonly store?: ModelStore | undefined;
  /** Default: as BENTO_OCI_USERNAME and BENTO_OCI_PASSWORD say, else as `docker login` left it, in its file or with a program. */
  readonly credentials?: OciCredentials | undefined;
  /** Hosts that may give tokens besides the registry's own and its siblings. Default: those of BENTO_OCI_REALMS, with commas between them. */
  readonly realms?: readonly string[] | undefined;
  readonly env?: Environment | undefined;
}

/** The way to a repository. */
export function openOci(reference: OciReference, options: OciOptions, actions: "pull" | "pull,push"): OciHttp {
  const { env = process.env, credentials, realms = realmsOf(env) } = options;
  // Most registries that stand open never ask, and a program that keeps passwords may ask somebody before it gives one out.
  const login = async (signal: AbortSignal): Promise<OciLogin | undefined> =>
    credentials ?? (await credentialsFor(reference.origin, env, signal));
  return new OciHttp({ reference, login, realms, actions });
}

function realmsOf(env: Environment): readonly string[] {
  const hosts = (env["BENTO_OCI_REALMS"] ?? "").split(",").map((host) => host.trim());
  return hosts.filter((host) => host !== "");
}
