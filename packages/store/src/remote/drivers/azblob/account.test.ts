import { describe, expect, test } from "vitest";
import { locationOfUrl, type RemoteOptions } from "../../remote-location.js";
import { type Account, accountOf, type AzureEnvironment } from "./account.js";

function account(options: RemoteOptions = {}, environment: AzureEnvironment = {}, url = "az://container/x"): Account {
  return accountOf(locationOfUrl(url, options), environment);
}

const azure = "https://mine.blob.core.windows.net";
const theirs = { AZURE_STORAGE_ACCOUNT: "theirs", AZURE_STORAGE_KEY: "a2V5", AZURE_STORAGE_SAS_TOKEN: "sv=1&sig=s%2Fg" };
const connection = "DefaultEndpointsProtocol=https;AccountName=conn;AccountKey=a2V5==;EndpointSuffix=core.chinacloudapi.cn";

describe("who asks Azure, and where", () => {
  test.for<readonly [string, Account, RemoteOptions, AzureEnvironment?, string?]>([
    [
      "the key of who is named",
      { endpoint: azure, container: "container", credential: { kind: "key", account: "mine", key: "a2V5" } },
      { user: "mine", password: "a2V5" },
    ],
    [
      "a signature",
      { endpoint: azure, container: "container", credential: { kind: "sas", sas: "sv=1&sig=x" } },
      { params: { account: "mine", sas: "?sv=1&sig=x" } },
    ],
    [
      "a key in the words of adlfs",
      { endpoint: azure, container: "container", credential: { kind: "key", account: "mine", key: "a2V5" } },
      { params: { account_name: "mine", account_key: "a2V5" } },
    ],
    [
      "a signature that was pasted",
      { endpoint: azure, container: "container", credential: { kind: "sas", sas: "sv=1&sig=a%2Fb" } },
      { user: "mine" },
      theirs,
      "az://container/x?sv=1&sig=a%2Fb",
    ],
    [
      "the environment",
      {
        endpoint: "https://theirs.blob.core.windows.net",
        container: "container",
        credential: { kind: "key", account: "theirs", key: "a2V5" },
      },
      {},
      theirs,
    ],
    [
      "nobody of the environment for another's account",
      { endpoint: azure, container: "container", credential: { kind: "identity" } },
      { user: "mine" },
      theirs,
    ],
    [
      "a connection string",
      {
        endpoint: "https://conn.blob.core.chinacloudapi.cn",
        container: "container",
        credential: { kind: "key", account: "conn", key: "a2V5==" },
      },
      {},
      { AZURE_STORAGE_CONNECTION_STRING: connection },
    ],
    [
      "nobody",
      { endpoint: azure, container: "container", credential: { kind: "anonymous" } },
      { user: "mine", params: { anon: "true" } },
      { ...theirs, AZURE_STORAGE_ACCOUNT: "mine" },
    ],
    [
      "an emulator, which has the account in its path",
      { endpoint: "http://127.0.0.1:10000/mine", container: "$web", credential: { kind: "anonymous" } },
      { user: "mine", params: { endpoint: "http://127.0.0.1:10000" } },
      {},
      "az://$web",
    ],
  ])("%s", ([, expected, options, environment, url]) => {
    expect(account(options, environment, url)).toEqual(expected);
  });

  test("no signature of the environment goes to another place, where a key may sign, which is not sent", () => {
    const elsewhere = { params: { endpoint: "https://elsewhere" } };
    const { AZURE_STORAGE_KEY: _, ...signed } = theirs;
    expect(account(elsewhere, signed).credential).toEqual({ kind: "anonymous" });
    expect(account(elsewhere, theirs).credential).toMatchObject({ kind: "key" });
  });

  test("the emulator by its own name", () => {
    const found = account({}, { AZURE_STORAGE_CONNECTION_STRING: "UseDevelopmentStorage=true" });
    expect(found).toMatchObject({
      endpoint: "http://127.0.0.1:10000/devstoreaccount1",
      credential: { kind: "key", account: "devstoreaccount1" },
    });
  });

  test.for<readonly [RemoteOptions, string, AzureEnvironment?]>([
    [{}, "az://container"],
    [{ user: "no such/host" }, "az://container"],
    [{ user: "mine", password: "not base64!" }, "az://container"],
    [{ password: "a2V5", params: { endpoint: azure } }, "az://container"],
    [{ user: "mine", params: { sass: "secret" } }, "az://container"],
    [{ user: "mine", params: { sas: "secret", sas_token: "secret" } }, "az://container"],
    [{ user: "mine" }, "az://UPPER"],
    [{ user: "mine" }, "az://container:80/x"],
    [{ user: "mine", params: { endpoint: "ftp://host" } }, "az://container"],
    [{ user: "mine", params: { endpoint: "https://user:secret@host" } }, "az://container"],
  ])("%j at %s cannot be", ([options, url, environment]) => {
    expect(() => account(options, environment, url)).toThrow(
      expect.objectContaining({ code: "BENTO_BAD_REQUEST", hint: expect.any(String) as string }) as Error,
    );
    expect(() => account(options, environment, url)).not.toThrow(/secret|not base64!/);
  });

  test("what is secret is known as such, in each spelling", () => {
    const location = locationOfUrl("az://container", { user: "mine", password: "cGFzc3dvcmQ=" });
    accountOf(location, { AZURE_STORAGE_CONNECTION_STRING: connection, AZURE_STORAGE_SAS_TOKEN: "sv=1&sig=s%2Fg%3D" });
    expect(location.secrets.redact("cGFzc3dvcmQ= a2V5== s/g= s%2Fg%3D c/Zz kept")).toBe("*** *** *** *** c/Zz kept");
  });
});
