/** Takes what the registry has to say; loggers such as pino's are one. */
export interface RegistryLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Lines of JSON on standard error. */
export const defaultLogger: RegistryLogger = {
  info: (fields, message) => write("info", fields, message),
  warn: (fields, message) => write("warn", fields, message),
  error: (fields, message) => write("error", fields, message),
};

function write(level: string, fields: object, message: string): void {
  process.stderr.write(`${JSON.stringify({ level, time: new Date().toISOString(), ...fields, msg: message })}\n`);
}

/** What is worth keeping of something thrown. */
export function thrownFields(thrown: unknown): object {
  if (!(thrown instanceof Error)) return { error: String(thrown) };
  const { cause } = thrown;
  return { error: thrown.message, stack: thrown.stack, ...(cause instanceof Error ? { cause: cause.message } : {}) };
}
