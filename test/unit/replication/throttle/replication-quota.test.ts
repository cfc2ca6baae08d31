import { expect, test } from '@jest/globals';
import { ReplicationQuota } from '../../../../src/replication/throttle/replication-quota.ts';

function quotaOf(bytesPerSecond: number): {
  quota: ReplicationQuota;
  pass: (ms: number) => void;
  setBound: (bound: number) => void;
} {
  let nowMs = 1000;
  let bound = bytesPerSecond;
  const quota = new ReplicationQuota({
    clock: { wallMs: () => nowMs, monotonicMs: () => nowMs },
    bytesPerSecond: () => bound,
    numSamples: 11,
    sampleMs: 1000,
  });
  return { quota, pass: (ms) => (nowMs += ms), setBound: (next) => (bound = next) };
}

test('nobody pauses without a bound, or below it', () => {
  const { quota, pass } = quotaOf(Infinity);
  quota.record(1e12);
  expect(quota.isExceeded).toBe(false);
  const bounded = quotaOf(1000);
  bounded.quota.record(1000);
  expect(bounded.quota.isExceeded).toBe(false);
  pass(1);
});

test('who took more pauses until the average is below the bound again', () => {
  const { quota, pass } = quotaOf(1000);
  quota.record(5000);
  expect(quota.isExceeded).toBe(true);
  pass(4999);
  expect(quota.isExceeded).toBe(true);
  pass(1);
  expect(quota.isExceeded).toBe(false);
  expect(quota.rate).toBe(1000);
});

test('what was long ago counts no more, and a bound may change at any time', () => {
  const { quota, pass, setBound } = quotaOf(0);
  expect(quota.isExceeded).toBe(false);
  quota.record(5000);
  pass(10_000);
  expect(quota.isExceeded).toBe(true);
  setBound(500);
  expect(quota.isExceeded).toBe(false);
  setBound(0);
  pass(1000);
  expect(quota.isExceeded).toBe(false);
});

test('time in which nothing was taken counts from the first look at it, up to all samples that reach into the window', () => {
  const { quota, pass } = quotaOf(1000);
  for (let look = 0; look < 600; look++) {
    quota.record(0);
    pass(100);
  }
  quota.record(11_000);
  expect(quota.rate).toBe(1000);
  expect(quota.isExceeded).toBe(false);
  quota.record(1);
  expect(quota.isExceeded).toBe(true);
});
