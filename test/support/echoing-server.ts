import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from "node:http";
import { type AddressInfo, createServer, type Server } from "node:net";

/** In which form a refusal is written. */
export type EchoForm = "text" | "s3" | "azure" | "google";

/**
 * A web server that lets nobody in, and says in its refusal, body and headers, all that it was sent: as it came, and
 * decoded where it was encoded.
 */
export class EchoingServer implements AsyncDisposable {
  /** What it answers with. */
  status = 401;
  form: EchoForm = "text";
  /** All that it was sent, and said. */
  readonly said: string[] = [];
  readonly #server: HttpServer;

  private constructor() {
    this.#server = createHttpServer((request, response) => void this.#refuse(request, response));
  }

  static async start(): Promise<EchoingServer> {
    const server = new EchoingServer();
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #refuse(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { method, url = "", headers } = request;
    // Moved a little each time, and dense: wherever an answer is cut, it is somewhere cut within a secret.
    const moved = "-".repeat((this.said.length * 5) % 37);
    const sent = [`${method} ${url}`, ...Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`)];
    const secrets = [decodedUrl(url), decodedLogin(headers.authorization), headers["x-amz-security-token"]].join(" ");
    const echo = [moved + secrets.repeat(10), ...sent, String(Buffer.concat(chunks).subarray(0, 2000))].join(" | ");
    this.said.push(echo);
    response.writeHead(this.status, {
      "content-type": this.form === "google" ? "application/json" : this.form === "text" ? "text/plain" : "application/xml",
      "www-authenticate": `Basic realm="${asHeader(echo).replaceAll('"', "'").slice(0, 500)}"`,
      "x-error-message": asHeader(echo),
      "x-ms-error-code": asHeader(echo).slice(0, 500),
      "x-goog-hash": asHeader(echo).slice(0, 500),
    });
    response.end(method === "HEAD" ? undefined : written(this.form, echo));
  }
}

/** An FTP server that lets nobody in, and repeats each line that it was sent. */
export async function startEchoingFtp(): Promise<AsyncDisposable & { readonly port: number; readonly said: readonly string[] }> {
  const said: string[] = [];
  const server: Server = createServer((socket) => {
    socket.setEncoding("utf8").on("error", () => {});
    socket.write("220 Welcome\r\n");
    socket.on("data", (text: string) => {
      for (const line of text.split("\r\n").filter((part) => part !== "")) {
        said.push(line);
        const code = line.startsWith("USER") ? 331 : line.startsWith("PASS") ? 530 : 502;
        socket.write(`${code} You said ${line}\r\n`);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, said, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

function written(form: EchoForm, echo: string): string {
  const xml = echo.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  switch (form) {
    case "s3":
    case "azure":
      return `<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthenticationFailed</Code><Message>${xml}</Message></Error>`;
    case "google":
      return JSON.stringify({ error: { code: 401, message: echo, errors: [{ reason: "authError", message: echo }] } });
    case "text":
      return echo;
  }
}

function decodedUrl(url: string): string {
  try {
    return decodeURIComponent(url);
  } catch {
    return url;
  }
}

/** The password of basic authentication, or the token. */
function decodedLogin(header = ""): string {
  const [scheme, value = ""] = header.split(" ", 2);
  return scheme?.toLowerCase() === "basic" ? String(Buffer.from(value, "base64")).replace(/^[^:]*:/, "") : value;
}

/** What a header can carry. */
function asHeader(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 4000);
}
