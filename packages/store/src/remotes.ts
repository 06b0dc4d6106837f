// Remotes themselves, for whoever wants more of them than exports and imports: a place by its URL, opened.
export { isRemotePlace } from "./archive/location.js";
export { openDriver } from "./remote/drivers/known-drivers.js";
export { openRemote } from "./remote/engine/open-remote.js";
export { locationOfPath, locationOfUrl, type RemoteOptions } from "./remote/remote-location.js";
