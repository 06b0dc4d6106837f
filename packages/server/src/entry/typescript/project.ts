import { dirname, resolve } from "node:path";

import {
  createFilesMatcher,
  createPathsMatcher,
  getTsconfig,
  parseTsconfig,
  type TsConfigJsonResolved,
  type TsConfigResult,
} from "get-tsconfig";

type CompilerOptions = NonNullable<TsConfigJsonResolved["compilerOptions"]>;

/** What the `tsconfig.json` nearest to a file says of it. */
export interface Project {
  readonly options: CompilerOptions;
  /** The files that an import may mean by `paths` or `baseUrl`, without their extensions. */
  readonly paths: (specifier: string) => readonly string[];
}

const cache = new Map<string, unknown>();
const projects = new Map<string, Project>();
const none: Project = { options: {}, paths: () => [] };

/** The project of a file. @throws Error for a tsconfig that cannot be read */
export function projectOf(file: string): Project {
  const found = getTsconfig(dirname(file), "tsconfig.json", cache as Map<string, string>);
  if (found === null) return none;
  const config = referenced(found, file) ?? found;
  let project = projects.get(config.path);
  if (project === undefined) {
    project = { options: config.config.compilerOptions ?? {}, paths: createPathsMatcher(config) ?? none.paths };
    projects.set(config.path, project);
  }
  return project;
}

/** Where a tsconfig only lists others, that of them which has the file. */
function referenced({ path, config }: TsConfigResult, file: string): TsConfigResult | undefined {
  if (config.files?.length !== 0 || config.include !== undefined) return undefined;
  for (const reference of config.references ?? []) {
    const target = resolve(dirname(path), reference.path);
    const at = target.endsWith(".json") ? target : resolve(target, "tsconfig.json");
    const other = { path: at, config: parseTsconfig(at, cache as Map<string, string>) };
    if (createFilesMatcher(other)(file) !== undefined) return other;
  }
  return undefined;
}
