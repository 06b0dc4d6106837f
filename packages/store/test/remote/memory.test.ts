import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { contentOf, gather } from "../../../../test/support/remote-bytes.js";
import { remoteContract } from "../../../../test/support/remote-contract.js";
import { openDriver } from "../../src/remote/drivers/known-drivers.js";
import { locationOfUrl } from "../../src/remote/remote-location.js";
import type { Remote } from "../../src/remote/remote.js";

const { signal } = new AbortController();

function open(url: string): Promise<Remote> {
  return openDriver(locationOfUrl(url), { signal });
}

describe("a remote in memory", () => {
  remoteContract(async () => ({ remote: await open(`memory://${randomUUID()}`), at: "some where/" }));

  test("is the same for all who say the same name", async () => {
    const name = randomUUID();
    await using one = await open(`memory://${name}`);
    await using other = await open(`memory://${name}/elsewhere`);
    await one.write("a/file", contentOf(Buffer.from("shared")));
    expect(String(await gather(other.read("a/file")))).toBe("shared");
    await expect(one.write("a", contentOf(Buffer.from("x")))).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
    await expect(one.write("a/file/x", contentOf(Buffer.from("x")))).rejects.toMatchObject({ code: "BENTO_TRANSFER_FAILED" });
    await one.delete("");
    expect(await other.stat("a")).toBeUndefined();
  });
});
