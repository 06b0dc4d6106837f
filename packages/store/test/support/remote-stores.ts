import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { FileBentoStore, FileModelStore } from "../../src/index.js";
import { openRemote, type OpenedRemote } from "../../src/remote/engine/open-remote.js";
import { locationOfUrl } from "../../src/remote/remote-location.js";
import { writeFixedModel } from "./fixed-model.js";
import { temporaryFolder } from "./temporary-folder.js";

const { signal } = new AbortController();

/** Where models and bentos come from, and where they go. */
export interface Stores extends AsyncDisposable {
  readonly from: FileModelStore;
  readonly to: FileModelStore;
  readonly bentos: FileBentoStore;
  readonly toBentos: FileBentoStore;
  readonly folder: string;
}

/** A home with the fixed model and the bento `app:1` that needs it, and an empty one. */
export async function openStores(): Promise<Stores> {
  const folder = await temporaryFolder();
  const [from, to] = [join(folder.path, "from"), join(folder.path, "to")];
  await writeFixedModel(from);
  const bento = { "bento.yaml": bentoYaml, "src/service.py": "pass\n", "env/docker/entrypoint.sh": "#!/bin/sh\n" };
  for (const [path, content] of Object.entries(bento)) {
    const place = join(from, "bentos", "app", "1", path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content, { mode: path.endsWith(".sh") ? 0o755 : 0o644 });
  }
  return {
    from: new FileModelStore(from),
    to: new FileModelStore(to),
    bentos: new FileBentoStore(from),
    toBentos: new FileBentoStore(to),
    folder: folder.path,
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

const bentoYaml = [
  "service: service:App",
  "name: app",
  "version: '1'",
  "bentoml_version: 1.4.39",
  "creation_time: '2026-01-02T03:04:05.678901+00:00'",
  "models: [{tag: 'fixed:1.0', module: null, creation_time: '2026-01-01T00:00:00+00:00'}]",
  "services: [{name: App, service: '', models: [], dependencies: [], config: {}}]",
  "spec: 2",
  "",
].join("\n");

/** What lies behind a URL. */
export function openMemory(url: string): Promise<OpenedRemote> {
  return openRemote(locationOfUrl(url), { signal });
}

/** A remote as an object whose methods can be taken out. */
export function bound(remote: OpenedRemote): OpenedRemote {
  return {
    name: remote.name,
    traits: remote.traits,
    stat: (path, options) => remote.stat(path, options),
    read: (path, options) => remote.read(path, options),
    readFile: (entry, options) => remote.readFile(entry, options),
    write: (path, content, options) => remote.write(path, content, options),
    list: (path, options) => remote.list(path, options),
    delete: (path, options) => remote.delete(path, options),
    [Symbol.asyncDispose]: () => remote[Symbol.asyncDispose](),
  };
}
