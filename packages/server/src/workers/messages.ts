import type { WorkerInfo } from "@bento/core";

import type { BatchFigures } from "../batching/batch-counter.js";
import type { Measures } from "../http/measures.js";
import type { Notice } from "../wire/notice.js";
import type { ServiceOutline } from "../executor/outline.js";

/** Where a worker finds its service. */
export interface ServiceEntry {
  /** `file:` URL of the module. */
  readonly url: string;
  /** The export, where one was named; else the service is found by its name. */
  readonly exportName: string | undefined;
  /** The name of the service, where it is known. */
  readonly serviceName: string | undefined;
}

/** The exact version of each model that was asked for; `null` for one that was not there when the first worker asked. */
export type Pins = Readonly<Record<string, string | null>>;

/** Where models are in OCI registries, by the tags as they were asked for. */
export type Addresses = Readonly<Record<string, string>>;

/** What a service says of a model that it declares. */
export interface ModelWish {
  /** Whether it may start without it. */
  readonly optional: boolean;
  /** Whether the registry is asked for the newest version before the store is. */
  readonly refresh: boolean;
  /** Its address in an OCI registry, if it comes from there. */
  readonly address?: string | undefined;
}

/** Server to worker, first of all: everything it needs to start. */
export interface InitNotice extends Notice {
  readonly type: "init";
  readonly version: number;
  readonly entry: ServiceEntry;
  /** Home of the file store, where it is not the default one. */
  readonly home: string | undefined;
  readonly worker: WorkerInfo;
  /** What earlier workers were told. */
  readonly pins: Pins;
  /** Whether the service is to be loaded and no more, to see whether it can be. */
  readonly onlyLoads: boolean;
  /** Milliseconds that each shutdown hook gets. */
  readonly shutdownTimeoutMs: number;
}

/** Worker to server: how far its start is, so that a start that hangs can be told from another. */
export interface PhaseNotice extends Notice {
  readonly type: "phase";
  /** As it stands in a sentence: `running the start-up hook "load"`. */
  readonly doing: string;
}

/** Worker to server: the models its service declares, as they are asked for, and what it has found already. */
export interface ModelsNotice extends Notice {
  readonly type: "models";
  readonly tags: readonly string[];
  readonly found: Pins;
  /** By tag. */
  readonly wishes: Readonly<Record<string, ModelWish>>;
}

/** Server to worker: the exact version of each of them. */
export interface PinsNotice extends Notice {
  readonly type: "pins";
  readonly pins: Pins;
  /** Why those cannot be had that are not there, by tag: what `errorToHead` makes. */
  readonly failures?: Readonly<Record<string, string>>;
}

/** Worker to server: start-up hooks are through, calls may come. */
export interface ReadyNotice extends Notice {
  readonly type: "ready";
  readonly service: ServiceOutline;
  /** Resident memory. Bytes. */
  readonly rss: number;
}

/** Worker to server: it cannot start, or not go on. `error` is what `errorToHead` makes. */
export interface FailedNotice extends Notice {
  readonly type: "failed";
  readonly error: string;
}

/** Server to worker: answer at once. */
export interface PingNotice extends Notice {
  readonly type: "ping";
}

/** Worker to server: the answer to a ping. */
export interface PongNotice extends Notice {
  readonly type: "pong";
  /** Resident memory. Bytes. */
  readonly rss: number;
}

/** Worker to server: what it has counted since its start of batches that come together in it; after each ping, and at its end. */
export interface BatchesNotice extends Notice {
  readonly type: "batches";
  /** By wire name of the endpoint. */
  readonly batches: Readonly<Record<string, BatchFigures>>;
}

/** Worker to server: what its service has counted itself since its start; after each ping, and at its end. */
export interface MeasuresNotice extends Notice {
  readonly type: "measures";
  readonly measures: Measures;
}

/** Server to worker: no more calls come; finish, run the shutdown hooks and end. */
export interface StopNotice extends Notice {
  readonly type: "stop";
  /** Milliseconds that the calls in flight get. */
  readonly finishMs: number;
}

/** What a server tells a worker. */
export type ToWorker = InitNotice | PinsNotice | PingNotice | StopNotice;
/** What a worker tells its server. */
export type FromWorker = PhaseNotice | ModelsNotice | ReadyNotice | FailedNotice | PongNotice | BatchesNotice | MeasuresNotice;
