import { wireNames } from "@bento/core";
import { entriesOf, type Fields, fieldsOf, invalid } from "../model/document.js";
import { plain } from "../pyyaml/containers.js";
import { pythonText } from "../pyyaml/python-text.js";

/** What a key of a section can hold, beside null. */
interface Shapes {
  readonly text: string;
  readonly texts: readonly string[];
  readonly flag: boolean;
  /** Handed out as it stands there. */
  readonly any: unknown;
}

/** The keys of a section in the order in which they are written, and what they hold. */
type SectionKeys = Readonly<Partial<Record<keyof typeof wireNames, keyof Shapes>>>;

/** A section as it is handed out; a key that was not there has its default. */
type Section<Keys extends SectionKeys, Default = null> = {
  readonly [Key in keyof Keys]: Shapes[Keys[Key] & keyof Shapes] | Default;
};

export const dockerKeys = {
  distro: "text",
  pythonVersion: "text",
  cudaVersion: "text",
  env: "any",
  systemPackages: "texts",
  setupScript: "text",
  baseImage: "text",
  dockerfileTemplate: "text",
} as const satisfies SectionKeys;

export const pythonKeys = {
  requirementsTxt: "text",
  packages: "texts",
  lockPackages: "flag",
  packGitPackages: "flag",
  indexUrl: "text",
  noIndex: "flag",
  trustedHost: "texts",
  findLinks: "texts",
  extraIndexUrl: "texts",
  pipArgs: "text",
  wheels: "texts",
  isSrcLayout: "flag",
} as const satisfies SectionKeys;

export const condaKeys = {
  environmentYml: "text",
  channels: "texts",
  dependencies: "any",
  pip: "texts",
} as const satisfies SectionKeys;

export const imageKeys = {
  baseImage: "text",
  pythonVersion: "text",
  commands: "texts",
  pythonRequirements: "text",
  postCommands: "texts",
  buildInclude: "texts",
} as const satisfies SectionKeys;

/** How the container of a bento of spec 1 is made. */
export type BentoDocker = Section<typeof dockerKeys>;
/** The Python packages of a bento of spec 1. */
export type BentoPython = Section<typeof pythonKeys>;
/** The conda packages of a bento of spec 1. */
export type BentoConda = Section<typeof condaKeys>;
/** How the container of a bento of spec 2 is made. */
export type BentoImage = Section<typeof imageKeys, never>;

/** What stands where a bento of spec 1 has no such section, as Python fills it in. */
export const missingDocker = { distro: "debian", pythonVersion: "3.11" } as const;
export const missingPython = { lockPackages: true, packGitPackages: true, isSrcLayout: false } as const;
/** What stands for the keys that an image has not. */
export const emptyImage: BentoImage = {
  baseImage: "",
  pythonVersion: "",
  commands: [],
  pythonRequirements: "",
  postCommands: [],
  buildInclude: [],
};

/**
 * Reads a section; unknown keys are ignored.
 * @param defaults for the keys that are not there; for the others null
 */
export function readSection(value: unknown, keys: SectionKeys, what: string, defaults: Readonly<Record<string, unknown>> = {}): object {
  const fields: Fields = value === undefined ? new Map() : fieldsOf(value, what);
  return Object.fromEntries(
    namesOf(keys).map((key) => {
      const found = fields.get(wireNames[key]) ?? null;
      return [key, found === null ? (defaults[key] ?? null) : readValue(found, keys[key], `${what}.${wireNames[key]}`)];
    }),
  );
}

/** A section under BentoML's names, in their order. */
export function sectionDocument(section: object, keys: SectionKeys): Readonly<Record<string, unknown>> {
  const values = section as Readonly<Record<string, unknown>>;
  return Object.fromEntries(namesOf(keys).map((key) => [wireNames[key], values[key]]));
}

/** A list of texts. */
export function readTextList(value: unknown, what: string): readonly string[] {
  return readList(value, what).map(pythonText);
}

/** A list of anything; none stands for an empty one. */
export function readList(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(`${what} is not a list.`);
  return value;
}

/** A map that is handed out as it stands there; none stands for an empty one. */
export function readOpaqueMap(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  entriesOf(value, what);
  return value as Readonly<Record<string, unknown>>;
}

function readValue(value: unknown, shape: keyof Shapes | undefined, what: string): unknown {
  if (shape === "text") return pythonText(value);
  if (shape === "texts") return readTextList(value, what);
  return plain(value);
}

function namesOf(keys: SectionKeys): readonly (keyof typeof wireNames)[] {
  return Object.keys(keys) as (keyof typeof wireNames)[];
}
