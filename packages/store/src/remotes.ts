// Remotes themselves, for whoever wants more of them than exports and imports: a place by its URL, opened.
export { isRemotePlace } from "./archive/location.js";
export { openDriver } from "./remote/drivers.js";
export { openRemote } from "./remote/open-remote.js";
export { locationOfPath, locationOfUrl, type RemoteOptions } from "./remote/remote-location.js";
