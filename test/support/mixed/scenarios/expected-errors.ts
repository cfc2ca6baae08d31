/** Errors that brokers of either kind have reason to log in more than one scenario. */

/** How a broker of the original refuses an UpdateMetadata. */
const REFUSED_METADATA = /Unexpected error handling request RequestHeader\(apiKey=UPDATE_METADATA/;
/** A controller that is asked by leaders while it has no session, or is deposed while it moves replicas. */
export const CONTROLLER_WITHOUT_OFFICE: readonly RegExp[] = [
  /unexpected failure while handling AlterPartition/,
  /\[Controller id=\d+\] Error processing event/,
  /Error processing event AlterPartitionReceived/,
  // It hears that another one is elected before it hears that its own session is over, as the original does.
  /Error processing event (Reelect|ControllerChange)/,
  // One of the original that is elected by a session that is over at once.
  /\[Controller id=\d+\] Error while electing or becoming controller on broker/,
  /Controller \d+ epoch \d+ failed to change state (of|for)/,
  // One of the original that is elected again stumbles over what it had not sent when it was deposed.
  /Received error STALE_CONTROLLER_EPOCH in/,
  /Failed to update ISR for partition/,
  REFUSED_METADATA,
  /Controller moved to another broker when|Error while moving some (replicas|partitions) to/,
];

/** A broker that is told of new partitions while it has no session cannot read the configs of their topics. */
export const LOSES_ITS_SESSION: readonly RegExp[] = [
  ...CONTROLLER_WITHOUT_OFFICE,
  /Could not read the config of a topic/,
  /Error while processing LeaderAndIsr request/,
];
