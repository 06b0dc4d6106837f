/** Where a worker that shares the port has its connection to the server; descriptor 3 belongs to `node:cluster`. */
export const sharedConnectionFd = 4;
/** Where it writes its log. */
export const sharedLogFd = 5;
/** Tells a worker process which descriptor its connection is, where that is not the usual one. */
export const connectionVariable = "BENTO_WORKER_FD";
