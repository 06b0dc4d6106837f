import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { workspaceRoot } from "./workspace.js";

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly items?: readonly unknown[] };
  readonly result?: unknown;
}

/** TypeScript's language server, asked what an editor asks. */
export interface LanguageServer extends AsyncDisposable {
  /** What an editor shows over a word: that of the first line with `snippet`, at the last `word` in it. */
  hover(file: string, snippet: string, word: string): Promise<string>;
}

/**
 * Starts the server of the workspace's own TypeScript; leaving its scope ends it.
 * @source https://microsoft.github.io/language-server-protocol/specifications/lsp/3.17/specification/
 */
export async function startLanguageServer(): Promise<LanguageServer> {
  const child = spawn(`${workspaceRoot}node_modules/.bin/tsc`, ["--lsp", "--stdio"], {
    cwd: workspaceRoot,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const waiting = new Map<number, (message: Message) => void>();
  let count = 0;

  const send = (message: object): void => {
    const text = JSON.stringify({ jsonrpc: "2.0", ...message });
    child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };
  const ask = async (method: string, params: unknown): Promise<unknown> => {
    const id = ++count;
    const answered = new Promise<Message>((resolve) => waiting.set(id, resolve));
    send({ id, method, params });
    const none = ended.then((): Message => {
      throw new Error(`the language server ended before it answered ${method}`);
    });
    return (await Promise.race([answered, none])).result;
  };
  const take = (message: Message): void => {
    // Its own questions have no answer here, but it waits for one.
    if (message.method !== undefined && message.id !== undefined)
      send({ id: message.id, result: message.params?.items?.map(() => null) ?? null });
    else if (message.id !== undefined) waiting.get(message.id)?.(message);
  };

  let unread = Buffer.alloc(0);
  child.stdout.on("data", (piece: Buffer) => {
    unread = Buffer.concat([unread, piece]);
    for (let end = unread.indexOf("\r\n\r\n"); end !== -1; end = unread.indexOf("\r\n\r\n")) {
      const start = end + 4;
      const length = Number(/Content-Length: (\d+)/i.exec(unread.toString("latin1", 0, end))?.[1]);
      if (unread.length < start + length) return;
      take(JSON.parse(unread.toString("utf8", start, start + length)) as Message);
      unread = unread.subarray(start + length);
    }
  });

  await ask("initialize", { processId: process.pid, rootUri: pathToFileURL(workspaceRoot).href, capabilities: {} });
  send({ method: "initialized", params: {} });
  return {
    async hover(file, snippet, word) {
      const text = await readFile(file, "utf8");
      const uri = pathToFileURL(file).href;
      send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "typescript", version: 1, text } } });
      const lines = text.split("\n");
      const line = lines.findIndex((one) => one.includes(snippet));
      const position = { line, character: lines[line]?.lastIndexOf(word) };
      const shown = (await ask("textDocument/hover", { textDocument: { uri }, position })) as { contents?: { value?: string } } | null;
      send({ method: "textDocument/didClose", params: { textDocument: { uri } } });
      return shown?.contents?.value?.replaceAll(/\s+/g, " ") ?? "";
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}
