// What the registry's server moves bytes with as well.
export { type FileRange, HashThreads, type RunningDigest } from "./hash-threads.js";
export { PieceWriter } from "./piece-writer.js";
