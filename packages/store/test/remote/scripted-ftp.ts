import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";

/** What a server answers to a command: lines, or what is to be done with a data connection first, which may never end. */
export type Answer =
  | string
  | { readonly send: string }
  | { readonly hang: string }
  | { readonly reset: string }
  | { readonly receive: (bytes: Buffer) => void; readonly end: string }
  | undefined;

/** A server that says what a test has it say: `undefined` is what a usual one would. */
export type Script = (command: string, argument: string) => Answer;

const usual: Readonly<Record<string, string>> = {
  USER: "331 Password, please.",
  PASS: "230 Come in.",
  FEAT: "211-Features:\r\n SIZE\r\n MDTM\r\n REST STREAM\r\n211 End",
  TYPE: "200 Binary.",
  CWD: "250 There.",
  REST: "350 From there.",
  NOOP: "200 Yes.",
  RNFR: "350 To?",
  RNTO: "250 Renamed.",
  MKD: '257 "made"',
  DELE: "250 Gone.",
  MDTM: "213 20250102030405",
  QUIT: "221 Bye.",
};

/** Speaks FTP as a script has it, on loopback: for servers that no real one is. */
export class ScriptedFtp implements AsyncDisposable {
  /** Everything that was said to it. */
  readonly commands: string[] = [];
  readonly port: number;
  readonly #server: Server;
  readonly #data: Server;
  readonly #script: Script;
  readonly #open = new Set<Socket>();
  /** Connections for data, in the order in which they came. */
  readonly #arrived: Socket[] = [];

  private constructor(server: Server, data: Server, script: Script) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#data = data;
    this.#script = script;
    server.on("connection", (socket) => void this.#talk(this.#watched(socket)));
    data.on("connection", (socket) => {
      this.#arrived.push(this.#watched(socket));
      data.emit("arrived");
    });
  }

  static async start(script: Script = () => undefined): Promise<ScriptedFtp> {
    const servers = [createServer(), createServer()] as const;
    for (const server of servers) await once(server.listen(0, "127.0.0.1"), "listening");
    return new ScriptedFtp(...servers, script);
  }

  /** Where it waits for connections for data. */
  get dataPort(): number {
    return (this.#data.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    for (const server of [this.#server, this.#data]) await once(server.close(), "close");
  }

  async #talk(socket: Socket): Promise<void> {
    socket.write("220 Ready.\r\n");
    for await (const line of createInterface({ input: socket, crlfDelay: Infinity })) {
      this.commands.push(line);
      // What was opened for a command that was refused is of no use to the next.
      if (/^(EPSV|PASV)$/.test(line)) for (const unused of this.#arrived.splice(0)) unused.destroy();
      const [command = "", ...words] = line.split(" ");
      const answer = this.#script(command, words.join(" ")) ?? this.#usual(command);
      if (typeof answer === "string") {
        if (answer !== "") socket.write(`${answer}\r\n`);
        continue;
      }
      const data = await this.#next();
      socket.write("150 Here it comes.\r\n");
      if ("hang" in answer) {
        data.pause().write(answer.hang);
      } else if ("reset" in answer) {
        await once(data, "data");
        data.resetAndDestroy();
        // Nobody hears of it before that.
        await once(data, "close");
        socket.write(`${answer.reset}\r\n`);
      } else if ("send" in answer) {
        data.end(answer.send);
        socket.write("226 Done.\r\n");
      } else {
        const chunks: Buffer[] = [];
        for await (const chunk of data) chunks.push(chunk as Buffer);
        answer.receive(Buffer.concat(chunks));
        socket.write(`${answer.end}\r\n`);
      }
    }
  }

  #usual(command: string): Exclude<Answer, undefined> {
    if (command === "EPSV") return `229 Extended passive mode (|||${this.dataPort}|)`;
    return usual[command] ?? "502 Not known here.";
  }

  async #next(): Promise<Socket> {
    if (this.#arrived.length === 0) await once(this.#data, "arrived");
    return this.#arrived.shift() as Socket;
  }

  #watched(socket: Socket): Socket {
    this.#open.add(socket);
    return socket
      .setNoDelay()
      .on("error", () => {})
      .once("close", () => this.#open.delete(socket));
  }
}
