import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { listed } from "../../../../test/support/remote-bytes.js";
import { remoteContract } from "../../../../test/support/remote-contract.js";
import type { Remote } from "../../src/index.js";
import { openDriver } from "../../src/remote/drivers/known-drivers.js";
import { locationOfUrl } from "../../src/remote/remote-location.js";
import { temporaryFolder } from "../support/temporary-folder.js";

async function open(): Promise<{ readonly remote: Remote; readonly folder: string; readonly at: string }> {
  const folder = await temporaryFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const remote = await openDriver(locationOfUrl("file:///"), { signal: new AbortController().signal });
  return { remote, folder: folder.path, at: `${folder.path.slice(1)}/` };
}

describe("the disks of this machine as a remote", () => {
  remoteContract(open);

  test("a link to a folder is neither followed nor left out in silence", async () => {
    const { remote, folder, at } = await open();
    await symlink("..", join(folder, "up"));
    await expect(listed(remote, at.slice(0, -1))).rejects.toMatchObject({
      code: "BENTO_TRANSFER_FAILED",
      message: /"up" is a link to a folder/,
    });
  });
});
