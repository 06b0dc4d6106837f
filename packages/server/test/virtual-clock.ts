export { VirtualClock } from "../../../bench/batching/virtual-clock.mjs";
