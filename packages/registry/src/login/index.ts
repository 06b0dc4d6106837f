/**
 * Logging in to registries, and what is kept of it.
 * @module
 */
export { connectionOf, type ConnectionOptions, environmentOf, namedContext } from "../contexts/connection.js";
export { type CloudContext, defaultContext, defaultEndpoint, environmentContext } from "../contexts/context.js";
export { contextNamed, type Contexts, ContextsFile } from "../contexts/contexts-file.js";
export { type BrowserLoginOptions, browserToken } from "./browser-login.js";
export { type Login, logIn, type LoginOptions } from "./login.js";
