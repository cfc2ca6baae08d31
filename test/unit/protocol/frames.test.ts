/** Frames: headers in all their forms, and what a hostile header gets. */
import { describe, expect, test } from '@jest/globals';
import {
  ApiKeys,
  decodeRequestHeader,
  decodeResponse,
  encodeRequest,
  encodeResponse,
  ProtocolError,
} from '../../../src/protocol/index.ts';
import { ProduceRequest } from '../../../src/protocol/messages/00-produce.ts';
import { ControlledShutdownRequest } from '../../../src/protocol/messages/07-controlled-shutdown.ts';
import { ApiVersionsRequest, ApiVersionsResponse } from '../../../src/protocol/messages/18-api-versions.ts';
import { HeartbeatResponse } from '../../../src/protocol/messages/12-heartbeat.ts';

const identity = { correlationId: 7, clientId: 'console' };

describe('the header of a request', () => {
  test('v1 has a client id, which may be null', () => {
    const frame = Buffer.concat(
      encodeRequest(ApiVersionsRequest, 0, { correlationId: 7, clientId: null }, {}),
    );
    expect(frame.toString('hex')).toBe('0000000a001200000000000 7ffff'.replace(' ', ''));
    expect(decodeRequestHeader(frame.subarray(4)).clientId).toBeNull();
  });

  test('v2 keeps the client id in its classic form and adds tagged fields', () => {
    const value = { clientSoftwareName: 'n', clientSoftwareVersion: '1' };
    const frame = Buffer.concat(encodeRequest(ApiVersionsRequest, 3, identity, value));
    expect(frame.toString('hex', 4)).toBe(
      '0012000300000007' + '0007636f6e736f6c65' + '00' + '026e' + '0231' + '00',
    );
    expect(decodeRequestHeader(frame.subarray(4))).toEqual({
      apiKey: 18,
      apiVersion: 3,
      correlationId: 7,
      clientId: 'console',
      bodyPosition: 18,
    });
  });

  test('of ControlledShutdown v0 has no client id at all', () => {
    const frame = Buffer.concat(encodeRequest(ControlledShutdownRequest, 0, identity, { brokerId: 2 }));
    expect(frame.toString('hex')).toBe('0000000c' + '0007000000000007' + '00000002');
    expect(decodeRequestHeader(frame.subarray(4)).bodyPosition).toBe(8);
  });

  test('of a key or version nobody knows can still be read, so that the caller may refuse it', () => {
    const frame = Buffer.from('00370000000000050001 78'.replace(' ', ''), 'hex');
    expect(decodeRequestHeader(frame)).toMatchObject({ apiKey: 55, correlationId: 5, clientId: 'x' });
    const future = Buffer.from('0012006300000005000178' + '00', 'hex');
    expect(decodeRequestHeader(future)).toMatchObject({ apiKey: ApiKeys.ApiVersions, apiVersion: 99 });
  });

  test.each(['', '0012', '00120000', '0012000000000001', '00120000000000017fff', '001200030000000100017 8'])(
    'that is cut short ("%s") is refused',
    (hex) => {
      expect(() => decodeRequestHeader(Buffer.from(hex.replace(' ', ''), 'hex'))).toThrow(ProtocolError);
    },
  );
});

describe('a response', () => {
  test('to ApiVersions has header v0 in every version, so that any client can read it', () => {
    const frame = Buffer.concat(encodeResponse(ApiVersionsResponse, 3, 1, { errorCode: 35, apiKeys: [] }));
    expect(frame.toString('hex', 4)).toBe('00000001' + '0023' + '01' + '00000000' + '00');
  });

  test('in a flexible version has tagged fields after the correlation id', () => {
    const frame = Buffer.concat(encodeResponse(HeartbeatResponse, 4, 1, { errorCode: 27 }));
    expect(frame.toString('hex')).toBe('0000000c' + '00000001' + '00' + '00000000' + '001b' + '00');
    expect(decodeResponse(HeartbeatResponse, 4, frame.subarray(4))).toEqual({
      correlationId: 1,
      value: { throttleTimeMs: 0, errorCode: 27 },
    });
  });
});

test('the length in front counts the record batches that are sent by reference', () => {
  const records = Buffer.alloc(5000);
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }];
  const parts = encodeRequest(ProduceRequest, 3, identity, {
    transactionalId: null,
    acks: 1,
    timeoutMs: 1,
    topicData,
  });
  const whole = Buffer.concat(parts);
  expect(parts).toContain(records);
  expect(whole.readInt32BE(0)).toBe(whole.length - 4);
});
