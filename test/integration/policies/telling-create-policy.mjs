/** Refuses topics by their name, and tells in its refusal what it was asked; TellingCreatePolicy.java is its twin. */
import { exception, told } from './exceptions.mjs';

export default class TellingCreatePolicy {
  #mark;

  configure(configs) {
    this.#mark = configs['policy.mark'];
  }

  validate({ topic, numPartitions, replicationFactor, replicasAssignments, configs }) {
    const message =
      `${this.#mark}: topic=${topic}, numPartitions=${numPartitions}, replicationFactor=${replicationFactor}, ` +
      `replicasAssignments=${told(replicasAssignments)}, configs=${told(configs)}`;
    if (topic.startsWith('refused')) throw exception('PolicyViolationException', message);
    if (topic.startsWith('invalid')) throw exception('InvalidConfigurationException', message);
    if (topic.startsWith('broken')) throw new Error(message);
  }
}
