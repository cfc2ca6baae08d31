/** Stories of a cluster, each played under one seed, for the tours of docs/tour and the golden traces. */
export { aBrokerDies, theCrownMoves } from './broker-stories.ts';
export { aTopicIsDeleted } from './deletion-story.ts';
export { aGroupRebalances } from './group-story.ts';
export { aRecordsLife } from './record-story.ts';
export type { Scene } from './stage.ts';
export { TOLD, TOLD_OF_TRANSACTIONS, TOLD_WHOLE, toldOf, type Told } from './told.ts';
export { aTransactionCommits } from './transaction-story.ts';
