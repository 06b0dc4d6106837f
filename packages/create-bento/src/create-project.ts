import { BentoError, Tag } from "@bento/core";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolders } from "./make-folders.js";
import { packageJson } from "./package-json.js";

/** Which kind of decorators a project uses: the standard ones, or `experimentalDecorators` with metadata. */
export type DecoratorWorld = "standard" | "legacy";

/** What a new project is to be. */
export interface CreateProjectOptions {
  /** Where it goes; made if it is not there. */
  readonly folder: string;
  /** Name of package and service; default: the folder's name. */
  readonly name?: string | undefined;
  /** Default: `"standard"`. */
  readonly decorators?: DecoratorWorld | undefined;
}

/** A project that was written. */
export interface CreatedProject {
  /** Absolute. */
  readonly folder: string;
  readonly name: string;
  /** Relative to the folder, in the order they were written. */
  readonly files: readonly string[];
}

/**
 * Writes a new project: a service, its test, a script that saves its model, and what compiles them. It installs nothing.
 * @throws BENTO_TARGET_EXISTS when the folder holds anything but a `.git`, BENTO_TAG_INVALID when the name cannot be a service's, BENTO_TRANSFER_FAILED when the disk refuses
 */
export async function createProject({ folder, name: given, decorators = "standard" }: CreateProjectOptions): Promise<CreatedProject> {
  const target = resolve(folder);
  const { name } = new Tag(given ?? serviceName(basename(target)));
  await checkEmpty(target);
  const files = [
    { path: "package.json", text: packageJson(name, decorators) },
    ...(await templateFiles(templates(decorators))),
    ...(await templateFiles(templates("common"))),
  ];
  for (const { path, text } of files) await writeNew(join(target, path), text.replaceAll("{{name}}", name));
  return { folder: target, name, files: files.map(({ path }) => path) };
}

/** The folder's name, as far as a service can have it. */
function serviceName(folder: string): string {
  const name = folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  return name === "" ? "bento-service" : name;
}

async function checkEmpty(folder: string): Promise<void> {
  let names: string[] = [];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw failed(folder, error);
  }
  const [first] = names.filter((name) => name !== ".git").toSorted();
  if (first === undefined) return;
  throw new BentoError("BENTO_TARGET_EXISTS", `${JSON.stringify(folder)} is not empty: it holds ${JSON.stringify(first)}.`, {
    hint: "Name a folder that is empty or not there yet.",
  });
}

interface TemplateFile {
  readonly path: string;
  readonly text: string;
}

function templates(kind: DecoratorWorld | "common"): URL {
  return new URL(`../templates/${kind}/`, import.meta.url);
}

async function templateFiles(top: URL): Promise<TemplateFile[]> {
  const entries = await readdir(top, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
  return Promise.all(
    paths.map(async (path) => ({
      // npm leaves a file of that name out of packages, so it travels under another.
      path: relative(fileURLToPath(top), path).replaceAll(sep, "/").replace("_gitignore", ".gitignore"),
      text: await readFile(path, "utf8"),
    })),
  );
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await makeFolders(dirname(path));
    await writeFile(path, text, { flag: "wx" });
  } catch (error) {
    throw failed(path, error);
  }
}

function failed(path: string, cause: unknown): BentoError {
  return new BentoError("BENTO_TRANSFER_FAILED", `${JSON.stringify(path)} cannot be written: ${(cause as Error).message}`, {
    hint: "Name a folder that you may write to.",
    cause,
  });
}
