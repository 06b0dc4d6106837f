// Connections: to where a stranger's URL leads, at public addresses only, each checked before it is connected to; and to
// whatever somebody trusted names, through the proxy of the environment.
export { type Address, type AddressRange, isWithin, parseAddress, parseRange, rangeOf } from "./network/address.js";
export { connectPinned } from "./network/pinned-connection.js";
export { hostOf, isPublicPlace, type Place, portOf } from "./network/public-place.js";
export { type Route, Routes, type RoutesOptions } from "./network/routes.js";
export { addressesOf, type Resolve, systemResolve } from "./network/resolve.js";
