// Connections to where a stranger's URL leads: to public addresses only, each checked before it is connected to.
export { type Address, type AddressRange, isWithin, parseAddress, parseRange, rangeOf } from "./network/address.js";
export { connectPinned } from "./network/pinned-connection.js";
export { hostOf, isPublicPlace, type Place, portOf } from "./network/public-place.js";
export { addressesOf, type Resolve, systemResolve } from "./network/resolve.js";
