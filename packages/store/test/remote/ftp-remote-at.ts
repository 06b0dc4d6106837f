import { onTestFinished } from "vitest";
import { driver } from "../../src/remote/drivers/ftp/driver.js";
import { locationOfUrl, type RemoteOptions } from "../../src/remote/remote-location.js";
import type { Remote } from "../../src/remote/remote.js";
import { type Script, ScriptedFtp } from "./scripted-ftp.js";

/** A remote at a server that answers as a script has it. */
export async function remoteAt(
  script: Script = () => undefined,
  options: RemoteOptions = {},
): Promise<{ readonly remote: Remote; readonly server: ScriptedFtp }> {
  const server = await ScriptedFtp.start(script);
  const remote = await driver.open(locationOfUrl(`ftp://127.0.0.1:${server.port}/`, { user: "me", password: "pw", ...options }), {
    signal: new AbortController().signal,
  });
  onTestFinished(async () => {
    await remote[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  return { remote, server };
}

/** What a file says. */
export async function text(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const gathered: Uint8Array[] = [];
  for await (const chunk of chunks) gathered.push(chunk);
  return String(Buffer.concat(gathered));
}
