import { Agent as PlainAgent, type AgentOptions } from "node:http";
import { Agent as SecureAgent } from "node:https";

import { proxyOf } from "./proxy.js";
import { hostOf, portOf } from "./public-place.js";

/** How connections are kept. */
export interface RoutesOptions extends Pick<AgentOptions, "maxSockets" | "maxFreeSockets" | "timeout"> {
  /** Certificates of authorities. @default those that Node knows */
  readonly ca?: string | undefined;
}

/** What a request to a URL is made of, besides method and headers of its own. */
export interface Route {
  /** Of whom is connected to: the server, or a proxy. */
  readonly protocol: string;
  readonly host: string;
  readonly port: number;
  /** What stands in the first line. */
  readonly path: string;
  /** Those that a proxy needs. */
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: PlainAgent;
}

/** Ways to servers, with connections that are kept for the next request: directly, or through the proxy of {@link proxyOf}. */
export class Routes {
  readonly #options: RoutesOptions;
  readonly #agents = new Map<string, PlainAgent>();

  constructor(options: RoutesOptions = {}) {
    this.#options = options;
  }

  /** @throws BENTO_CONFIG_INVALID where the environment names a proxy that is none */
  async to(url: URL): Promise<Route> {
    const { protocol, pathname, search } = url;
    const proxy = proxyOf(url);
    const path = pathname + search;
    const server = { protocol, host: hostOf(url), port: portOf(url), path, headers: {} };
    if (proxy === undefined) return { ...server, agent: this.#agent(protocol, true) };
    if (protocol === "https:") return { ...server, agent: await this.#tunnel(proxy) };
    const { host, port, protocol: spoken } = { host: hostOf(proxy), port: portOf(proxy), protocol: proxy.protocol };
    // Not every proxy keeps a connection that it has not said it would close.
    const agent = this.#agent(spoken, false);
    return { protocol: spoken, host, port, path: url.origin + path, headers: credentialsOf(proxy), agent };
  }

  /** Ends all connections. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #agent(protocol: string, keepAlive: boolean): PlainAgent {
    const make = () => new (protocol === "https:" ? SecureAgent : PlainAgent)({ ...this.#options, keepAlive });
    return this.#kept(`${protocol} ${keepAlive}`, make);
  }

  async #tunnel(proxy: URL): Promise<PlainAgent> {
    const { TunnelAgent } = await import("./tunnel-agent.js");
    return this.#kept(proxy.href, () => new TunnelAgent(proxy, this.#options));
  }

  #kept(key: string, make: () => PlainAgent): PlainAgent {
    const agent = this.#agents.get(key) ?? make();
    this.#agents.set(key, agent);
    return agent;
  }
}

function credentialsOf({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const said = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { "proxy-authorization": `Basic ${Buffer.from(said).toString("base64")}` };
}
