import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "../../support/run-command.js";

/** What is pushed, besides a file of 2048 bytes. */
export interface PushedAbout {
  readonly labels?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly readme?: string;
}

/** Pushes a small model or bento through the plain API, as a tar. */
export async function pushTar(
  { url, token }: { readonly url: string; readonly token: string },
  kind: "model" | "bento",
  tag: string,
  { labels = {}, metadata = {}, readme = "" }: PushedAbout,
): Promise<void> {
  const [name = "", version = ""] = tag.split(":");
  const common = { name, version, labels, creation_time: new Date().toISOString() };
  const context = { bentoml_version: "1.4.39", framework_name: "torch", framework_versions: {}, python_version: "3.11.7" };
  const document =
    kind === "model"
      ? { ...common, module: "torch", metadata, options: {}, signatures: {}, api_version: "v1", context }
      : {
          ...common,
          service: "service:Classifier",
          bentoml_version: "1.4.39",
          models: [{ tag: "digits:v2", module: "torch", creation_time: common.creation_time }],
        };
  const folder = await mkdtemp(join(tmpdir(), "bento-push-"));
  try {
    const item = join(folder, "item");
    await mkdir(item);
    // JSON is YAML.
    await writeFile(join(item, `${kind}.yaml`), JSON.stringify(document));
    await writeFile(join(item, "weights.bin"), Buffer.alloc(2048, 7));
    await runCommand("tar", ["-cf", join(folder, "item.tar"), "-C", item, "."]);
    const headers = { "x-yatai-api-token": token };
    const root = `${url}/api/v1/${kind}_repositories/${name}/${kind}s`;
    const manifest =
      kind === "model"
        ? { module: "torch", api_version: "v1", bentoml_version: "1.4.39", size_bytes: 0, metadata, context, options: {} }
        : { service: "service:Classifier", bentoml_version: "1.4.39", size_bytes: 0, models: ["digits:v2"] };
    const list = Object.entries(labels).map(([key, value]) => ({ key, value }));
    const body = JSON.stringify({ version, manifest, labels: list, description: readme });
    await expectOk(await fetch(root, { method: "POST", headers, body }));
    await expectOk(await fetch(`${root}/${version}/upload`, { method: "PUT", headers, body: await readFile(join(folder, "item.tar")) }));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function expectOk(response: Response): Promise<void> {
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.url}: ${response.status} ${text}`);
}
