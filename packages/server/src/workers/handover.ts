// What a server hands a worker process over when it starts, before there is any connection.

/** The process that a worker serves. */
export const serverVariable = "BENTO_WORKER_SERVER";
/** Set where the system itself ends a worker whose server dies. */
export const watchedVariable = "BENTO_WORKER_WATCHED";
/** The port that a worker connects to, where it has no socket from its start. */
export const portVariable = "BENTO_WORKER_PORT";
/** The file descriptor of the connection that it has otherwise. */
export const connectionFd = 3;
