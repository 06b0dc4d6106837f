import { formatManifest } from "../../src/model/manifest.js";
import { sha256 } from "./fixture-home.js";
import { type RawTarMember, rawTar } from "./raw-tar.js";

/** The text of a `model.yaml` such as Python writes. */
export function modelYaml(name = "clf", version = "v1", creationTime = "2025-03-07T04:05:06.000007+00:00"): string {
  return [
    `name: ${name}`,
    `version: ${version}`,
    "module: ''",
    "labels: {}",
    "options: {}",
    "metadata: {}",
    "context:",
    "  framework_name: ''",
    "  framework_versions: {}",
    "  bentoml_version: 1.4.39",
    "  python_version: 3.11.7",
    "signatures: {}",
    "api_version: v1",
    `creation_time: '${creationTime}'`,
    "",
  ].join("\n");
}

/** Files by path. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A model's files, with the manifest that is right for them. */
export function withManifest(files: Files): Files {
  const entries = Object.entries(files).map(([path, content]) => {
    const bytes = Buffer.from(content);
    return { path, size: bytes.length, sha256: sha256(bytes) };
  });
  return { ...files, ".manifest.json": formatManifest(entries) };
}

/** Files as members of a tar. */
export function membersOf(files: Files): readonly RawTarMember[] {
  return Object.entries(files).map(([name, content]) => ({ name, content }));
}

/** A tar of files. */
export function tarOf(files: Files): Uint8Array {
  return rawTar(membersOf(files));
}
