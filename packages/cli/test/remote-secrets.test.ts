// The command as a process of its own, with a password in every way that it can be given, at servers that refuse it and repeat it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { FileModelStore } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildBento, temporaryFolder } from "./bento.js";

const password = "hünter2:/@ +%&42";
const encoded = encodeURIComponent(password);
const base64 = Buffer.from(password).toString("base64");
/** What a server knows of it that repeats what it was sent. */
const spellings = [
  password,
  encoded,
  new URLSearchParams([["", password]]).toString().slice(1),
  base64,
  Buffer.from(`ada:${password}`).toString("base64"),
  "hünter2",
  "h%C3%BCnter2",
];

const folder = temporaryFolder();
const home = join(folder.path, "home");
const passwordFile = join(folder.path, "password");
const titles: string[] = [];
let bin: string;
let pid: number | undefined;
const servers: Server[] = [];
let web = "";
let ftp = "";

beforeAll(async () => {
  bin = buildBento();
  await new FileModelStore(home).create("digits:v1", (draft) => draft.write("weights.bin", new Uint8Array(100)));
  writeFileSync(passwordFile, `${password}\n`);
  web = await listening(createServer(refuse));
  ftp = await listening(createTcpServer(refuseLogin));
}, 120_000);

afterAll(() => {
  for (const server of servers) server.close();
  folder[Symbol.dispose]();
});

async function listening(server: Server): Promise<string> {
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What everybody on the machine sees of the process that asks. */
function noteTitle(): void {
  if (pid !== undefined && process.platform === "linux") titles.push(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
}

function refuse(request: IncomingMessage, response: ServerResponse): void {
  noteTitle();
  request.resume();
  const { authorization = "" } = request.headers;
  const [kind, code = ""] = authorization.split(" ");
  const sent = kind === "Basic" ? Buffer.from(code, "base64").toString() : code;
  const said = `${request.url} ${decodeURIComponent(request.url ?? "")} ${authorization} ${sent}`;
  response.writeHead(401, {
    "www-authenticate": 'Basic realm="shelf"',
    "content-type": "text/plain",
    "x-repeated": encodeURIComponent(said),
  });
  response.end(said);
}

function refuseLogin(socket: Socket): void {
  socket.on("error", () => {});
  socket.write("220 Who are you?\r\n");
  socket.setEncoding("utf8").on("data", (lines: string) => {
    for (const line of lines.split("\r\n").filter((each) => each !== "")) {
      noteTitle();
      if (line.startsWith("PASS")) socket.write(`530 Not with ${line.slice(5)}\r\n`);
      else if (line.startsWith("USER")) socket.write("331 And your password?\r\n");
      else socket.write(`500 ${line}?\r\n`);
    }
  });
}

interface Way {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

async function printed({ args, env = {}, input = "" }: Way): Promise<string> {
  const child = spawn(process.execPath, [bin, "--home", home, "--debug", "--verbose", ...args], {
    env: { PATH: process.env["PATH"], HOME: folder.path, AWS_REGION: "us-east-1", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  pid = child.pid;
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  expect(child.exitCode, stderr).not.toBe(0);
  expect(stderr).toMatch(/^error: /);
  return stdout + stderr;
}

const ada = ["--user", "ada"];
const ways: readonly (readonly [string, () => Way])[] = [
  ["--password", () => ({ args: ["models", "import", `http://${web}/x.zip`, ...ada, "--password", password] })],
  ["--password=", () => ({ args: ["models", "inspect", `http://${web}/x.zip`, ...ada, `--password=${password}`] })],
  ["the URL", () => ({ args: ["models", "import", `http://ada:${encoded}@${web}/x.zip`] })],
  ["a URL that is none", () => ({ args: ["models", "import", `http://ada:${password}@${web}/x.zip`] })],
  ["its query", () => ({ args: ["models", "inspect", `http://${web}/x.zip?token=${encoded}`] })],
  ["--param", () => ({ args: ["models", "export", "digits", `http://${web}/x.zip`, "--param", `token=${password}`] })],
  ["a --param that is none", () => ({ args: ["models", "import", `http://${web}/x.zip`, "--param", password] })],
  ["an option that is none", () => ({ args: ["models", "import", `http://${web}/x.zip`, `--pasword=${password}`] })],
  ["a file", () => ({ args: ["models", "export", "digits", `http://${web}/x.zip`, ...ada, "--password-file", passwordFile] })],
  ["stdin", () => ({ args: ["import", `http://${web}/x.bento`, ...ada, "--password-file", "-"], input: `${password}\n` })],
  ["the environment", () => ({ args: ["models", "import", `http://ada@${web}/x.zip`], env: { BENTO_REMOTE_PASSWORD: password } })],
  ["WebDAV", () => ({ args: ["models", "export", "digits", `webdav://ada:${encoded}@${web}/x.zip`] })],
  ["FTP", () => ({ args: ["models", "export", "digits", `ftp://ada:${encoded}@${ftp}/x.zip`] })],
  ["S3", () => ({ args: ["models", "import", "s3://bucket/x.zip", ...ada, "--password", password, "--param", `endpoint=http://${web}`] })],
  [
    "Azure",
    () => ({
      args: ["models", "import", "azblob://box/x.zip", ...ada, "--password", base64, "--param", `endpoint=http://${web}/ada`],
    }),
  ],
  ["Google", () => ({ args: ["models", "import", "gs://bucket/x.zip", "--password", base64, "--param", `endpoint=http://${web}`] })],
  [
    "Hugging Face",
    () => ({ args: ["models", "import", "hf://ada/shelf/x.zip", "--password", base64], env: { HF_ENDPOINT: `http://${web}` } }),
  ],
];

test.each(ways)("is shown nowhere when it comes by %s", async (_, way) => {
  titles.length = 0;
  const seen = [await printed(way()), ...titles].join("\n");
  for (const spelling of spellings) expect(seen).not.toContain(spelling);
});

test.runIf(process.platform === "linux")("what this looks at is there: a server sees the process, whose title keeps all else", async () => {
  titles.length = 0;
  await printed({ args: ["models", "import", `http://${web}/shown.zip?token=${encoded}`, ...ada, "--password", password] });
  expect(titles[0]).toContain("shown.zip?*** --user ada --password ***");
  titles.length = 0;
  await printed({ args: ["models", "import", `http://${web}/shown.zip`] });
  expect(titles[0]).toContain(`${bin}\0--home`);
});
