import { Agent as HttpAgent, type AgentOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { proxyOf } from "../../../network/proxy.js";
import { idleMs } from "../../remote.js";

/** Sockets that were given up because nothing came. */
const silent = new WeakSet<Duplex>();

/** Whether a connection was given up because its server was silent. */
export function wasSilent(socket: Duplex | null | undefined): boolean {
  return socket !== null && socket !== undefined && silent.has(socket);
}

/** Connections that are kept for the next request, and given up when neither side gets on. */
export interface IdleAgents {
  readonly httpAgent: HttpAgent;
  readonly httpsAgent: HttpAgent;
}

/**
 * The SDK's own limits either count a whole request, however large, or end one whose reader takes its time; these count
 * only how long a server keeps somebody waiting.
 */
export function idleAgents(limitMs: number = idleMs): IdleAgents {
  const options: AgentOptions = { keepAlive: true, timeout: limitMs, maxSockets: 256 };
  return { httpAgent: new IdleHttpAgent(options), httpsAgent: new IdleHttpsAgent(options) };
}

/**
 * The same for one server, through the proxy that the environment names for it; what is no TLS is asked directly.
 * @throws BENTO_CONFIG_INVALID where the environment names a proxy that is none
 */
export async function idleAgentsTo(server: string): Promise<IdleAgents> {
  const agents = idleAgents();
  const url = new URL(server);
  const proxy = url.protocol === "https:" ? proxyOf(url) : undefined;
  if (proxy === undefined) return agents;
  const { TunnelAgent } = await import("../../../network/tunnel-agent.js");
  const tunnel = new TunnelAgent(proxy, { timeout: idleMs, maxSockets: 256 }, (socket) => limited(socket.setTimeout(idleMs)));
  return { ...agents, httpsAgent: tunnel };
}

class IdleHttpAgent extends HttpAgent {
  override createConnection(...args: Parameters<HttpAgent["createConnection"]>): Duplex | null | undefined {
    return limited(super.createConnection(...args));
  }
}

class IdleHttpsAgent extends HttpsAgent {
  override createConnection(...args: Parameters<HttpsAgent["createConnection"]>): Duplex | null | undefined {
    return limited(super.createConnection(...args));
  }
}

function limited(socket: Duplex | null | undefined): Duplex | null | undefined {
  if (!(socket instanceof Socket)) return socket;
  return socket.on("timeout", () => {
    // A reader who takes nothing at the moment keeps the server waiting, not the other way round.
    if (socket.isPaused()) {
      socket.setTimeout(socket.timeout ?? idleMs);
      return;
    }
    silent.add(socket);
    socket.destroy(Object.assign(new Error("the server was silent for too long"), { code: "ETIMEDOUT" }));
  });
}
