import { join } from "node:path";
import { type ArchiveFormat, exportModel, FileModelStore, importModel } from "@bento/store";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Pyftpdlib } from "./support/pyftpdlib.js";
import { PythonSession } from "./support/python-session.js";
import { readFolder } from "./support/read-folder.js";
import { temporaryHome, type TemporaryHome } from "./support/temporary-home.js";

/** Python puts both into a URL, and reads them from there without decoding. */
const login = { user: "tester", password: "plain-password" } as const;
const tag = "kept:v1";

let server: Pyftpdlib;
let python: PythonSession;
/** Has the model that Python made. */
let home: TemporaryHome;

beforeAll(async () => {
  [server, python, home] = await Promise.all([Pyftpdlib.start({ login }), PythonSession.start(), temporaryHome()]);
  await python.createModel(home.path, {
    tag,
    labels: { stage: "test" },
    files: [
      { path: "weights.bin", base64: Buffer.alloc(300_000, "weights").toString("base64") },
      { path: "deep/er/with space é.txt", base64: Buffer.from("text").toString("base64") },
      { path: "empty", base64: "" },
    ],
  });
});
afterAll(async () => {
  await Promise.all([server, python, home].map((one) => one?.[Symbol.asyncDispose]()));
});

/** By path: its digest; not the modes, which Python loses, nor our own manifest. */
async function contentOf({ path }: TemporaryHome): Promise<object> {
  const content = await readFolder(join(path, "models", tag.replace(":", "/")));
  content.delete(".manifest.json");
  return Object.fromEntries([...content].map(([name, entry]) => [name, entry.kind === "file" ? entry.sha256 : entry.kind]));
}

const withLogin = (path: string): string => `ftp://${login.user}:${login.password}@127.0.0.1:${server.port}/${path}`;

test.each<ArchiveFormat>(["bentomodel", "gz", "tar", "zip", "folder"])(
  "%s by FTP: Python and we read what the other wrote",
  async (format) => {
    await using ours = await temporaryHome();
    await using theirs = await temporaryHome();
    const end = format === "folder" ? "" : `.${format}`;
    await python.exportModel(home.path, tag, withLogin(`python-${format}${end}`), format);
    const store = new FileModelStore(ours.path);
    const imported = await importModel(`ftp://127.0.0.1:${server.port}/python-${format}${end}`, { store, ...login, format });
    expect(String(imported.tag)).toBe(tag);
    expect(await contentOf(ours)).toEqual(await contentOf(home));
    // Python remembers what a folder held when it first looked: each format has its own.
    await exportModel(tag, `ftp://127.0.0.1:${server.port}/ours-${format}/new${end}`, { store, ...login, format });
    expect(await python.importModel(theirs.path, withLogin(`ours-${format}/new${end}`), format)).toBe(tag);
    expect(await contentOf(theirs)).toEqual(await contentOf(home));
  },
);
