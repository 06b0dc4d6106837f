import { relative } from "node:path";
import type { CreatedProject } from "./create-project.js";

/** What to type next, for whoever has just created a project. */
export function nextSteps({ folder, name }: CreatedProject, from: string): string {
  const below = relative(from, folder);
  const path = below.startsWith("..") ? folder : below;
  return [
    `Created ${name} in ${path === "" ? "this folder" : path}. Next:`,
    "",
    ...(path === "" ? [] : [`  cd ${/^[\w./-]+$/.test(path) ? path : JSON.stringify(path)}`]),
    "  npm install",
    "  npm test            # the service, tested in process",
    "  npm run save        # trains and saves the model",
    "  npm start           # serves it; then, from another terminal:",
    "",
    "  curl http://localhost:3000/classify -H 'content-type: application/json' -d '{\"flowers\": [[5.1, 3.5, 1.4, 0.2]]}'",
    "",
  ].join("\n");
}
