import type { ServedModels } from "../executor/executor.js";
import type { Figures } from "../http/figures.js";
import type { Notice } from "../wire/notice.js";
import type { CrossingOptions } from "./crossing-options.js";

/** What all workers say of the service. */
export interface ServiceState {
  readonly isReady: boolean;
  /** Why not, where there is more to say; what `errorToHead` makes. */
  readonly trouble?: string | undefined;
  /** The exact models that all of them serve. */
  readonly models?: ServedModels | undefined;
}

/** How a worker is to answer on the port. */
export interface DoorSettings {
  readonly host: string;
  readonly port: number;
  readonly app: CrossingOptions;
  /** How its log lines call it. */
  readonly name: string;
}

/** Server to worker: listen. */
export interface ListenNotice extends Notice {
  readonly type: "listen";
  readonly door: DoorSettings;
  readonly state: ServiceState;
}

/** Server to worker: what `/readyz` says from now on. */
export interface StateNotice extends Notice {
  readonly type: "state";
  readonly state: ServiceState;
}

/** Server to worker: tell what you have counted. */
export interface CountNotice extends Notice {
  readonly type: "count";
}

/** Server to worker: a piece of the metrics of all workers; an empty one is the last. */
export interface MetricsNotice extends Notice {
  readonly type: "metrics";
  readonly scrape: number;
  readonly piece: string;
}

/** Worker to server: it listens. */
export interface ListeningNotice extends Notice {
  readonly type: "listening";
}

/** Worker to server: it cannot listen. `error` is what `errorToHead` makes. */
export interface NotListeningNotice extends Notice {
  readonly type: "not-listening";
  readonly error: string;
}

/** Worker to server: what it has counted since its start. */
export interface FiguresNotice extends Notice {
  readonly type: "figures";
  readonly figures: Figures;
  /** Calls of endpoints that it answered. */
  readonly answered: number;
}

/** Worker to server: somebody asks it for the metrics, which are those of all workers. */
export interface ScrapeNotice extends Notice {
  readonly type: "scrape";
  readonly scrape: number;
}

/** What a server tells a worker about the port that they share. */
export type ToDoor = ListenNotice | StateNotice | CountNotice | MetricsNotice;
/** What a worker tells its server about it. */
export type FromDoor = ListeningNotice | NotListeningNotice | FiguresNotice | ScrapeNotice;
