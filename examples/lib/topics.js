/** Topics made anew for a run; those that an earlier run left behind are deleted first. */
import { until } from './until.js';

/** @param topics as kafkajs's `createTopics` takes them; three replicas each, or as many as there are brokers. */
export async function createFreshTopics(kafka, topics) {
  const admin = kafka.admin();
  await admin.connect();
  const { brokers } = await admin.describeCluster();
  const replicationFactor = Math.min(3, brokers.length);
  await deleteTopics(
    admin,
    topics.map(({ topic }) => topic),
  );
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map((topic) => ({ replicationFactor, ...topic })),
  });
  await admin.disconnect();
}

/** Deleting is done in the background: a topic is gone when it is not listed any more. */
async function deleteTopics(admin, names) {
  const existing = async () => (await admin.listTopics()).filter((topic) => names.includes(topic));
  const left = await existing();
  if (left.length === 0) return;
  await admin.deleteTopics({ topics: left });
  await until('the topics of an earlier run are deleted', async () => (await existing()).length === 0);
}
