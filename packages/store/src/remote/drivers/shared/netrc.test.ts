import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { netrcLogin } from "./netrc.js";

async function netrc(text: string): Promise<NodeJS.ProcessEnv> {
  const folder = await mkdtemp(join(tmpdir(), "bento-netrc-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "netrc"), text);
  return { NETRC: join(folder, "netrc") };
}

test("a login is that of the host, and of the user where one is known", async () => {
  const env = await netrc(`
# machine commented.example login nobody password none
machine ftp.example
  login first password "with \\"quotes\\" and spaces"
macdef init
  machine macro.example login no password no

machine FTP.example login second password p#2 account ignored
machine bare.example password only
default login anyone password common
`);
  expect(await netrcLogin("ftp.example", { env })).toMatchObject({ user: "first", password: 'with "quotes" and spaces' });
  expect(await netrcLogin("FTP.EXAMPLE", { user: "second", env })).toMatchObject({ user: "second", password: "p#2" });
  expect(await netrcLogin("bare.example", { user: "me", env })).toMatchObject({ password: "only" });
  for (const host of ["commented.example", "macro.example", "other.example"])
    expect(await netrcLogin(host, { env })).toMatchObject({ user: "anyone", password: "common" });
  expect(await netrcLogin("other.example", { user: "me", env })).toBeUndefined();
});

test("without a file there is no login, and broken ones say what they can", async () => {
  expect(await netrcLogin("ftp.example", { env: { NETRC: "/nowhere/netrc" } })).toBeUndefined();
  expect(await netrcLogin("ftp.example", { env: await netrc("login before password any\nmachine ftp.example login") })).toMatchObject({
    user: undefined,
    password: undefined,
  });
});
