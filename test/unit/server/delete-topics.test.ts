/** DeleteTopics where deletion is switched off, which no row of bad input can ask of a cluster that deletes. */
import { expect, test } from '@jest/globals';
import { HANDLERS } from '../../../src/server/handlers/index.ts';

const DELETE_TOPICS = 20;

test.each([
  [2, 42],
  [3, 73],
  [6, 73],
])('v%i with delete.topic.enable=false is answered %i for each topic', async (apiVersion, errorCode) => {
  const services = { controller: { isActive: true }, config: { get: () => false } };
  const answer = await HANDLERS.get(DELETE_TOPICS)?.handler.handle(
    { topics: [], topicNames: ['a', 'b'], timeoutMs: 1000 } as never,
    { apiVersion } as never,
    services as never,
  );
  expect(answer).toMatchObject({
    responses: [
      { name: 'a', errorCode },
      { name: 'b', errorCode },
    ],
  });
});
