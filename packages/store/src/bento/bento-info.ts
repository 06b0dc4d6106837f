import type { Tag } from "@bento/core";
import type { ItemInfo } from "../store/item-kind.js";
import type { BentoConda, BentoDocker, BentoImage, BentoPython } from "./bento-sections.js";

/** A model that a bento needs. The bento holds no bytes of it, only its tag. */
export interface BentoModelReference {
  readonly tag: Tag;
  /** Which module of Python's loads it; null where nothing says so. */
  readonly module: string | null;
  readonly creationTime: Date;
  /** The same time as `bento.yaml` holds it. */
  readonly creationTimeText: string;
  /** Another name for the model inside the bento. */
  readonly alias?: string | undefined;
  /** Where it comes from: `bentoml` is a model store, `huggingface` the hub. */
  readonly registry: string;
  /** Of models of a hub: what identifies them there. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** What a service of a bento calls: another one of it, or one elsewhere. */
export interface BentoDependency {
  readonly service?: string | undefined;
  readonly deployment?: string | undefined;
  readonly cluster?: string | undefined;
  readonly url?: string | undefined;
}

/** A service of a bento. */
export interface BentoServiceInfo {
  readonly name: string;
  /** Always `""`. */
  readonly service: string;
  readonly models: readonly BentoModelReference[];
  readonly dependencies: readonly BentoDependency[];
  /** As the service gave it, under BentoML's names. */
  readonly config: Readonly<Record<string, unknown>>;
}

/** An environment variable of a bento. */
export interface BentoEnv {
  readonly name: string;
  readonly value: string;
  /** When it is set. */
  readonly stage: "all" | "build" | "runtime";
}

/** A runner of a bento of before 1.2. */
export interface BentoRunner {
  readonly name: string;
  readonly runnableType: string;
  readonly embedded: boolean;
  readonly models: readonly string[];
  readonly resourceConfig: unknown;
}

/** An api of a bento of before 1.2. */
export interface BentoApi {
  readonly name: string;
  readonly inputType: string;
  readonly outputType: string;
}

interface CommonBentoInfo extends ItemInfo {
  /** Where the service is in the bento's sources: `service:MyService`. */
  readonly service: string;
  readonly bentomlVersion: string;
  readonly models: readonly BentoModelReference[];
  /** `""` in bentos of before 1.2. */
  readonly entryService: string;
  readonly services: readonly BentoServiceInfo[];
  readonly envs: readonly BentoEnv[];
  /** What `/schema.json` of the entry service says, under BentoML's names. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Arguments that it was built with. */
  readonly args: Readonly<Record<string, unknown>>;
}

/** What `bento.yaml` of spec 1 says. */
export interface BentoInfoSpec1 extends CommonBentoInfo {
  readonly spec: 1;
  readonly runners: readonly BentoRunner[];
  readonly apis: readonly BentoApi[];
  readonly docker: BentoDocker;
  readonly python: BentoPython;
  readonly conda: BentoConda;
}

/** What `bento.yaml` of spec 2 says. */
export interface BentoInfoSpec2 extends CommonBentoInfo {
  readonly spec: 2;
  readonly image: BentoImage;
}

/** What `bento.yaml` says of a bento; deeply frozen. @source reference layout of BentoML's bento.yaml */
export type BentoInfo = BentoInfoSpec1 | BentoInfoSpec2;
