/** The rules of a move: what its assignment is meanwhile, what is refused, when it is through. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  decideReassignment,
  isReassignmentComplete,
  planReassignment,
} from '../../../../src/controller/decide/reassignment.ts';
import { originReplicas, settledOn, targetReplicas } from '../../../../src/controller/replica-assignment.ts';

const replicas = fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 4 });

test('the target comes first, then what goes; who comes and who goes is said', () => {
  expect(planReassignment(settledOn([0, 2]), [1, 2])).toEqual({
    replicas: [1, 2, 0],
    addingReplicas: [1],
    removingReplicas: [0],
  });
});

test('a second move starts from where the first one did, and so does calling it off', () => {
  fc.assert(
    fc.property(replicas, replicas, replicas, (origin, first, second) => {
      const moving = planReassignment(settledOn(origin), first)!;
      const replaced = planReassignment(moving, second)!;
      expect(targetReplicas(replaced)).toEqual(second);
      expect(new Set(originReplicas(replaced))).toEqual(new Set(origin));
      const calledOff = planReassignment(replaced, null);
      if (calledOff !== null) expect(new Set(targetReplicas(calledOff))).toEqual(new Set(origin));
    }),
  );
});

test('a mere change of order is no move that could be called off', () => {
  expect(planReassignment(settledOn([1, 2, 3]), [3, 1, 2])).toEqual(settledOn([3, 1, 2]));
  expect(planReassignment(settledOn([3, 1, 2]), null)).toBeNull();
});

test('only those who come must be alive', () => {
  expect(decideReassignment(settledOn([9, 0]), [0, 1], [0, 1])).toMatchObject({ kind: 'move' });
  expect(decideReassignment(settledOn([9, 0]), [9, 1], [0, 1])).toMatchObject({ kind: 'move' });
  expect(decideReassignment(settledOn([0]), [9, 1], [0, 1])).toMatchObject({ kind: 'invalid' });
});

test.each([
  [[1, 2], [1, 2, 0], true],
  [[1, 2], [0, 2], false],
  [[1, 2], undefined, false],
])('moved to %j, with the ISR %j: through is %j', (target, isr, complete) => {
  const moving = planReassignment(settledOn([0, 2]), target)!;
  expect(isReassignmentComplete(moving, isr === undefined ? undefined : { isr })).toBe(complete);
});
