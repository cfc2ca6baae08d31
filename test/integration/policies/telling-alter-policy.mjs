/**
 * Refuses configs by a value in them, and tells what it was asked; TellingAlterPolicy.java is its twin. An object that
 * takes its time, where the other policy is a class that does not.
 */
import { setImmediate } from 'node:timers/promises';
import { exception, told } from './exceptions.mjs';

export default {
  async validate({ resource: { type, name }, configs }) {
    await setImmediate();
    const message = `${type} '${name}' ${told(configs)}`;
    const values = [...configs.values()];
    if (values.includes('1111')) throw exception('PolicyViolationException', message);
    if (values.includes('2222')) throw exception('InvalidConfigurationException', message);
    if (values.includes('3333')) throw exception('UnsupportedOperationException', message);
  },
};
