import { Tag } from "@bento/core";
import type { Version } from "../api/registry-api.js";

/** What a registry says of a model or bento. */
export interface RemoteItem {
  readonly tag: Tag;
  readonly labels: Readonly<Record<string, string>>;
  readonly description: string;
  /** `success` for what is whole; `pending`, `uploading` or `failed` for what is not. */
  readonly status: string;
  /** Bytes of its files, where the registry knows. */
  readonly size: number | undefined;
  /** When it was made. */
  readonly creationTime: Date | undefined;
  /** What it was registered with, under BentoML's names: `module`, `metadata` ... */
  readonly manifest: Readonly<Record<string, unknown>>;
}

/** A version as callers see it. */
export function remoteItem(name: string, version: Version): RemoteItem {
  const manifest = version.manifest ?? {};
  const size = version.size_bytes ?? manifest["size_bytes"];
  return {
    tag: new Tag(name, version.version),
    labels: Object.fromEntries(version.labels.map(({ key, value }) => [key, value])),
    description: version.description,
    status: version.upload_status,
    size: typeof size === "number" ? size : undefined,
    creationTime: timeOf(version.build_at ?? version.created_at),
    manifest,
  };
}

/** Times without a zone are in UTC. */
function timeOf(text: string | null | undefined): Date | undefined {
  if (text === null || text === undefined) return undefined;
  const hasZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(text);
  const time = new Date(hasZone ? text : `${text.replace(" ", "T")}Z`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
