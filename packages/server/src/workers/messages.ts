import type { WorkerInfo } from "@bento/core";

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

/** Server to worker, first of all: everything it needs to start. */
export interface InitNotice extends Notice {
  readonly type: "init";
  readonly version: number;
  readonly entry: ServiceEntry;
  /** Home of the file store, where it is not the default one. */
  readonly home: string | undefined;
  readonly worker: WorkerInfo;
}

/** Worker to server: it is there. `secret` proves who it is where anybody could have connected. */
export interface HelloNotice extends Notice {
  readonly type: "hello";
  readonly version: number;
  readonly index: number;
  readonly secret: string | undefined;
}

/** Worker to server: the models its service declares, as they are asked for. */
export interface ModelsNotice extends Notice {
  readonly type: "models";
  readonly tags: readonly string[];
}

/** Server to worker: the exact version of each of them that is there. */
export interface PinsNotice extends Notice {
  readonly type: "pins";
  readonly pins: Readonly<Record<string, string>>;
}

/** Worker to server: start-up hooks are through, calls may come. */
export interface ReadyNotice extends Notice {
  readonly type: "ready";
  readonly service: ServiceOutline;
}

/** Worker to server: it cannot start. `error` is what `errorToHead` makes. */
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

/** Server to worker: no more calls come; run the shutdown hooks and end. */
export interface StopNotice extends Notice {
  readonly type: "stop";
}

/** What a server tells a worker. */
export type ToWorker = InitNotice | PinsNotice | PingNotice | StopNotice;
/** What a worker tells its server. */
export type FromWorker = HelloNotice | ModelsNotice | ReadyNotice | FailedNotice | PongNotice;
