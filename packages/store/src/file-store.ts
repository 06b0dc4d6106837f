// The models of a home alone: what a service needs of this package, without the archives, which are most of it.
export { defaultStore, FileModelStore } from "./disk/file-model-store.js";
export { isOwn, isRunning, ownIdentity, type ProcessIdentity } from "./disk/process-identity.js";
