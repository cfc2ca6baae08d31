/** A process that cannot go on ends, as with any error that nobody handles: whoever comes next begins from the log. */

/** Never resolves, so that nothing is done any more on the way out. */
export function endProcess(error) {
  process.nextTick(() => {
    throw error;
  });
  return new Promise(() => undefined);
}

/** kafkajs starts a consumer again after errors that may pass. After others it says so, and the process would wait for ever. */
export function endWithConsumer(consumer) {
  consumer.on(consumer.events.CRASH, ({ payload: { error, restart } }) => {
    if (!restart) void endProcess(error);
  });
}
