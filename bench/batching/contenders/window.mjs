/**
 * A fixed window: a batch runs when it is full, or when its first request has waited so long. It knows what calls cost,
 * and refuses who would be late in the batch.
 */
export const fixedWindow =
  (windowMs, most = Infinity) =>
  (world) => {
    const { clock, arrivedAt, costMs, isFree, maxLatencyMs, run, refuse } = world;
    const largest = Math.min(world.maxBatchSize, most);
    const line = [];
    let head = 0;
    let alarmAt = -1;
    const look = () => {
      while (head < line.length && isFree()) {
        const items = Math.min(largest, line.length - head);
        if (clock.now() + costMs(items) > arrivedAt(line[head]) + maxLatencyMs + 1e-9) {
          refuse(line[head++]);
          continue;
        }
        const until = arrivedAt(line[head]) + windowMs;
        if (items < largest && until > clock.now()) {
          if (alarmAt < until) clock.at((alarmAt = until), look);
          return;
        }
        const jobs = line.slice(head, head + items);
        head += items;
        void run(jobs).then(look);
      }
      if (head === line.length) line.length = head = 0;
    };
    return (job) => {
      line.push(job);
      look();
    };
  };

/** One request after the other. */
export const oneByOne = fixedWindow(0, 1);
