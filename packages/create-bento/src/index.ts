/**
 * New Bento projects, for `npm create bento` and `bento init`.
 * @module
 */
export { createProject } from "./create-project.js";
export type { CreatedProject, CreateProjectOptions, DecoratorWorld } from "./create-project.js";
export { nextSteps } from "./next-steps.js";
