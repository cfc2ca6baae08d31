/**
 * What never becomes a request (contract sections 1.2 and 8.6): keys and versions that are not served, headers and
 * frames that are none. The answer is the end of the connection, ApiVersions excepted.
 */
import { decodeResponse, encodeRequest } from '../../../../src/protocol/index.ts';
import { API_VERSIONS, METADATA } from '../apis.ts';
import { rowsOf } from '../row.ts';
import type { World } from '../world.ts';

const CORRELATION_ID = 7;

/** A frame: its length, a header of version 1, and what follows. */
function frame(apiKey: number, apiVersion: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const client = Buffer.from('bad');
  const header = Buffer.alloc(10 + client.length);
  header.writeInt16BE(apiKey, 0);
  header.writeInt16BE(apiVersion, 2);
  header.writeInt32BE(CORRELATION_ID, 4);
  header.writeInt16BE(client.length, 8);
  client.copy(header, 10);
  return framed(Buffer.concat([header, body]));
}

function framed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

async function outcome(world: World, bytes: Buffer): Promise<unknown> {
  const answer = await world.askRaw(0, bytes);
  return typeof answer === 'string' ? answer : `an answer of ${answer.length} bytes`;
}

async function apiVersionsError(world: World, bytes: Buffer, version: number): Promise<unknown> {
  const answer = await world.askRaw(0, bytes);
  if (typeof answer === 'string') return answer;
  const { correlationId, value } = decodeResponse(API_VERSIONS[1], version, answer);
  const own = value.apiKeys.find(({ apiKey }) => apiKey === 18);
  return { correlationId, ...(world.told({ errorCode: value.errorCode, apiVersions: own }) as object) };
}

function apiVersions(name: string, softwareVersion: string): Buffer {
  return Buffer.concat(
    encodeRequest(
      API_VERSIONS[0],
      3,
      { correlationId: CORRELATION_ID, clientId: 'bad' },
      {
        clientSoftwareName: name,
        clientSoftwareVersion: softwareVersion,
      },
    ),
  );
}

const EMPTY_FLEXIBLE = Buffer.from([0, 0]);
/** Served by no broker of ZooKeeper mode: Vote, DescribeQuorum, BrokerRegistration, telemetry, share groups. */
const ABSENT = [52, 55, 59, 62, 63, 64, 70, 71, 72, 74, 75, 76, 87, 1000, -1];

const ABSENT_ROWS = rowsOf(
  '1.2',
  Object.fromEntries(
    ABSENT.map((key) => [`Api key ${key}`, (world: World) => outcome(world, frame(key, 0, EMPTY_FLEXIBLE))]),
  ),
);

const VERSION_ROWS = rowsOf('1.2', {
  Envelope: (world) => outcome(world, frame(58, 0, EMPTY_FLEXIBLE)),
  'Metadata version 13': (world) => outcome(world, frame(3, 13, EMPTY_FLEXIBLE)),
  'Metadata version -1': (world) => outcome(world, frame(3, -1)),
  'Produce version 12': (world) => outcome(world, frame(0, 12, EMPTY_FLEXIBLE)),
  'Fetch version 18': (world) => outcome(world, frame(1, 18, EMPTY_FLEXIBLE)),
  'JoinGroup version 10': (world) => outcome(world, frame(11, 10, EMPTY_FLEXIBLE)),
  'ApiVersions version 99': (world) => apiVersionsError(world, frame(18, 99), 0),
  'ApiVersions version 99, flexible': (world) => apiVersionsError(world, frame(18, 99, EMPTY_FLEXIBLE), 0),
  'ApiVersions version 5': (world) => apiVersionsError(world, frame(18, 5, EMPTY_FLEXIBLE), 0),
  'ApiVersions version -1': (world) => apiVersionsError(world, frame(18, -1), 0),
  'ApiVersions with a software name of a space': (world) =>
    apiVersionsError(world, apiVersions('a b', '1'), 3),
  'ApiVersions without a software name': (world) => apiVersionsError(world, apiVersions('', '1'), 3),
  'ApiVersions with an odd software version': (world) => apiVersionsError(world, apiVersions('a', '-1-'), 3),
  'ApiVersions with a software name of -': (world) => apiVersionsError(world, apiVersions('-', '1'), 3),
});

const METADATA_OF_NOTHING = (): Buffer =>
  Buffer.concat(
    encodeRequest(
      METADATA[0],
      9,
      { correlationId: CORRELATION_ID, clientId: 'bad' },
      { topics: [], includeTopicAuthorizedOperations: false },
    ),
  );

const FRAME_ROWS = rowsOf('8.6', {
  'A frame of 104857601 bytes': (world) => outcome(world, Buffer.from('0640000100030009', 'hex')),
  'A frame of 2147483647 bytes': (world) => outcome(world, Buffer.from('7fffffff00030009', 'hex')),
  'A frame of negative length': (world) => outcome(world, Buffer.from('ffffffff00030009', 'hex')),
  'An empty frame': (world) => outcome(world, Buffer.alloc(4)),
  'A frame of one byte': (world) => outcome(world, framed(Buffer.alloc(1))),
  'A frame that ends in its header': (world) => outcome(world, framed(Buffer.from('0003000900', 'hex'))),
  'A client id longer than the frame': (world) =>
    outcome(world, framed(Buffer.from('0003000000000007007f6162', 'hex'))),
  'An HTTP request': (world) => outcome(world, Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n')),
  'A body that ends too soon': (world) => {
    const whole = METADATA_OF_NOTHING();
    return outcome(world, framed(whole.subarray(4, whole.length - 3)));
  },
  'A body with bytes to spare': (world) =>
    outcome(world, framed(Buffer.concat([METADATA_OF_NOTHING().subarray(4), Buffer.alloc(9)]))),
  'An array of 2147483647 topics': (world) => outcome(world, frame(3, 0, Buffer.from('7fffffff', 'hex'))),
  'An array of -2 topics': (world) => outcome(world, frame(3, 0, Buffer.from('fffffffe', 'hex'))),
  'A null array where none may be': (world) => outcome(world, frame(10, 0, Buffer.from('ffff', 'hex'))),
});

export const CONNECTION_ROWS = [...ABSENT_ROWS, ...VERSION_ROWS, ...FRAME_ROWS];
