import { createProject, nextSteps } from "create-bento";
import type { GlobalOptions } from "../command/global-options.js";
import type { Terminal } from "../terminal/terminal.js";

interface InitRequest extends GlobalOptions {
  readonly folder: string;
  readonly name?: string;
  readonly legacyDecorators?: true;
}

/** `bento init [FOLDER]`: what `npm create bento` does. @throws what `createProject` throws */
export async function initProject(terminal: Terminal, { folder, name, legacyDecorators }: InitRequest): Promise<void> {
  const project = await createProject({ folder, name, decorators: legacyDecorators === true ? "legacy" : "standard" });
  terminal.out(nextSteps(project, process.cwd()));
}
