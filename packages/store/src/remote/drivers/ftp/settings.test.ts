import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { locationOfUrl, type RemoteOptions } from "../../remote-location.js";
import { type FtpSettings, settingsOf } from "./settings.js";

async function of(url: string, options: RemoteOptions = {}, netrc = ""): Promise<FtpSettings> {
  const folder = await mkdtemp(join(tmpdir(), "bento-ftp-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "netrc"), netrc);
  return settingsOf(locationOfUrl(url, options), { NETRC: join(folder, "netrc") });
}

test("TLS is begun on the usual port, or there from the beginning on its own", async () => {
  expect(await of("ftp://host/")).toMatchObject({ port: 21, tls: "none" });
  expect(await of("ftps://host/")).toMatchObject({ port: 21, tls: "explicit" });
  expect(await of("ftps://host:990/")).toMatchObject({ port: 990, tls: "implicit" });
  expect(await of("ftps://host/?tls=implicit")).toMatchObject({ port: 990, tls: "implicit" });
  expect(await of("ftps://host:990/", { params: { tls: "explicit" } })).toMatchObject({ port: 990, tls: "explicit" });
});

test("who one is: the URL, the options, netrc, anybody", async () => {
  const netrc = "machine host login me password from-netrc\ndefault login anyone password common\n";
  expect(await of("ftp://host/")).toMatchObject({ user: "anonymous", password: "anonymous@" });
  expect(await of("ftp://us%40er:p%3Aw@host/", {}, netrc)).toMatchObject({ user: "us@er", password: "p:w" });
  expect(await of("ftp://host/", { user: "you", password: "pw" }, netrc)).toMatchObject({ user: "you", password: "pw" });
  expect(await of("ftp://host/", {}, netrc)).toMatchObject({ user: "me", password: "from-netrc" });
  expect(await of("ftp://me@HOST/", {}, netrc)).toMatchObject({ user: "me", password: "from-netrc" });
  expect(await of("ftp://other/", {}, netrc)).toMatchObject({ user: "anyone", password: "common" });
  // Somebody else's password is nobody's.
  expect(await of("ftp://you@host/", {}, netrc)).toMatchObject({ user: "you", password: "" });
});

test("a password from netrc is as secret as one that was given", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bento-ftp-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "netrc"), "machine host login me password from-netrc");
  const location = locationOfUrl("ftp://host/");
  await settingsOf(location, { NETRC: join(folder, "netrc") });
  expect(location.secrets.redact("it was from-netrc")).toBe("it was ***");
});
