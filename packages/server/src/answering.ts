// What answers requests: loaded while workers start, which would start later for it.
export { makeNodeHandler } from "./adapters/node-handler.js";
export { prepareParts } from "./app-parts.js";
export { FirstCallers } from "./first-callers.js";
export { HttpListener } from "./http-listener.js";
export { StandIn } from "./shared-port/stand-in.js";
