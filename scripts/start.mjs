// npm start: from a fresh clone to a served model. PORT (default 3000) and BENTOML_HOME (default .bento/home) are honoured.
import { join } from "node:path";
import { env } from "node:process";
import { pathToFileURL } from "node:url";
import { setup } from "./setup.mjs";
import { root, say } from "./step.mjs";

await setup();
env.BENTOML_HOME ??= join(root, ".bento", "home");
env.PORT ??= "3000";
say(`The model store is ${env.BENTOML_HOME}`);

// In this very process: an interrupt reaches the server itself, which drains and ends, and no child can be left behind.
const quickstart = (name) => import(pathToFileURL(join(root, "examples", "quickstart", "dist", name)).href);
await quickstart("save-model.js");
await quickstart("main.js");
