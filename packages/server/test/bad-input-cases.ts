import { badBodies } from "./bad-input-bodies.js";
import { badBinaries } from "./bad-input-binaries.js";
import { badFiles } from "./bad-input-files.js";
import type { BadCase } from "./bad-input-requests.js";
import { badValues } from "./bad-input-values.js";

/** Every kind, with every form of what is malformed, in every encoding that it may come in. */
export const badCases: readonly BadCase[] = [...badValues(), ...badFiles(), ...badBinaries(), ...badBodies()];
