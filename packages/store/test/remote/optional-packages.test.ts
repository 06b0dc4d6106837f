import { expect, test } from "vitest";
import { runCommand } from "../../../../test/support/run-command.js";
import { workspaceRoot } from "../../../../test/support/workspace.js";

/** What each protocol needs that is not installed with the store. */
const needs = {
  "s3://bucket": "@aws-sdk/client-s3",
  "sftp://host": "ssh2",
  "azblob://container": "@azure/storage-blob",
  "gs://bucket": "@google-cloud/storage",
};

/** Makes the modules' loader believe that none of the packages is there, and says which were asked for. */
const hooks = `
  const missing = ${JSON.stringify(Object.values(needs))};
  export async function resolve(specifier, context, next) {
    if (!missing.includes(specifier)) return next(specifier, context);
    throw Object.assign(new Error("Cannot find package '" + specifier + "' imported from " + context.parentURL), { code: "ERR_MODULE_NOT_FOUND" });
  }`;
const program = `
  import { register } from "node:module";
  register("data:text/javascript," + encodeURIComponent(${JSON.stringify(hooks)}));
  const { locationOfUrl, openDriver } = await import("@bento/store/remotes");
  const { signal } = new AbortController();
  const told = {};
  for (const url of ${JSON.stringify(Object.keys(needs))}) {
    const user = url.startsWith("azblob") ? "account" : undefined;
    await openDriver(locationOfUrl(url, { user }), { signal }).catch(({ code, message, hint }) => (told[url] = [code, message, hint]));
  }
  console.log(JSON.stringify(told));`;

test("a protocol whose package is not there says what to install, and the others do not miss it", async () => {
  const env = { AZURE_STORAGE_CONNECTION_STRING: undefined, STORAGE_EMULATOR_HOST: undefined };
  const { stdout } = await runCommand(process.execPath, ["--input-type=module", "-e", program], {
    cwd: `${workspaceRoot}packages/store`,
    env,
  });
  const told = Object.entries(needs).map(([url, name]) => [
    url,
    [
      "BENTO_CONFIG_INVALID",
      `${url.replace(/\/\/.*/, "//")} needs the package "${name}", which is not installed.`,
      `Install it: npm install ${name}`,
    ],
  ]);
  expect(JSON.parse(stdout)).toEqual(Object.fromEntries(told));
});
