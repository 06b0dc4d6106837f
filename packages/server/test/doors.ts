import type { ServiceClass } from "@bento/sdk";

import { createApp, type Logger, serve, type ServeOptions } from "../src/index.js";

/** What a logger was given, in order. */
export interface Line {
  readonly level: "info" | "warn" | "error";
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** A logger that keeps its lines. */
export class LineLogger implements Logger {
  readonly lines: Line[] = [];
  info = (fields: object, message: string): void => this.#keep("info", fields, message);
  warn = (fields: object, message: string): void => this.#keep("warn", fields, message);
  error = (fields: object, message: string): void => this.#keep("error", fields, message);

  #keep(level: Line["level"], fields: object, message: string): void {
    this.lines.push({ level, fields: fields as Record<string, unknown>, message });
  }
}

/** One way into a service. */
export interface Door extends AsyncDisposable {
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** The two ways that must behave the same: in process by web-standard requests, and over a real socket. */
export const doors = ["request", "socket"] as const;

/** Opens a service by one of them. */
export async function open(kind: (typeof doors)[number], service: ServiceClass, options: Omit<ServeOptions, "port"> = {}): Promise<Door> {
  if (kind === "request") {
    const app = await createApp(service, options);
    return {
      fetch: async (path, init) => app.request(path, init),
      [Symbol.asyncDispose]: () => app.close(),
    };
  }
  const server = await serve(service, {
    logger: new LineLogger(),
    banner: false,
    accessLog: false,
    handleSignals: false,
    ...options,
    port: 0,
  });
  return {
    fetch: (path, init) => fetch(server.url + path, { redirect: "manual", ...init }),
    [Symbol.asyncDispose]: () => server.close(),
  };
}

/** A POST with a JSON body. */
export function json(value: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(value) };
}
