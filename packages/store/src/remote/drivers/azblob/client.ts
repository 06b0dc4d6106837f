import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type * as azure from "@azure/storage-blob";
import type { Secrets } from "../../remote.js";
import type { Account } from "./account.js";

export type AzureLibrary = typeof azure;

/** What the library takes for whoever asks by an access token. */
type TokenCredential = Extract<Parameters<AzureLibrary["newPipeline"]>[0], { getToken: unknown }>;

/** A container of the library, and what closes its connections. */
export interface OpenContainer {
  readonly container: azure.ContainerClient;
  readonly agent: HttpAgent | undefined;
}

/** The library's client of a container: one try for each request, no redirects, and connections that are ours to close. */
export async function openContainer(
  library: AzureLibrary,
  { endpoint, container, credential }: Account,
  secrets: Secrets,
): Promise<OpenContainer> {
  // The library takes the proxies of the environment only where it has not been given connections.
  const agent = hasProxy() ? undefined : new (endpoint.startsWith("https:") ? HttpsAgent : HttpAgent)({ keepAlive: true });
  const options = { agent, retryOptions: { maxTries: 1 }, redirectOptions: { maxRetries: 0 } };
  const query = credential.kind === "sas" ? `?${credential.sas}` : "";
  const who =
    credential.kind === "key"
      ? new library.StorageSharedKeyCredential(credential.account, credential.key)
      : ((credential.kind === "identity" ? await identity(secrets) : undefined) ?? new library.AnonymousCredential());
  const url = `${endpoint}/${encodeURIComponent(container)}${query}`;
  return { container: new library.ContainerClient(url, library.newPipeline(who, options)), agent };
}

function hasProxy(): boolean {
  return ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"].some((name) => (process.env[name] ?? process.env[name.toLowerCase()] ?? "") !== "");
}

/** Whoever is logged in, if the package that finds out is installed. */
async function identity(secrets: Secrets): Promise<TokenCredential | undefined> {
  // No package of ours has it, not even for its types: it is far larger than all else, and few need it.
  const name: string = "@azure/identity";
  let library: IdentityLibrary;
  try {
    library = (await import(name)) as IdentityLibrary;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND") return undefined;
    throw error;
  }
  const credential = new library.DefaultAzureCredential();
  return {
    async getToken(scopes, options) {
      const token = await credential.getToken(scopes, options);
      secrets.add(token?.token);
      return token;
    },
  };
}

interface IdentityLibrary {
  readonly DefaultAzureCredential: new () => TokenCredential;
}
