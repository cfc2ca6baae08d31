/** The part of node-zookeeper-client we use and its typings leave out: ZooKeeper's records and their bytes. */
declare module 'node-zookeeper-client/lib/jute/index.js' {
  /** A record of ZooKeeper's jute format. Longs are buffers of 8 bytes, a missing buffer or string is undefined. */
  export interface JuteRecord {
    deserialize(buffer: Buffer, offset: number): number;
    serialize(buffer: Buffer, offset: number): number;
    byteLength(): number;
  }
  type RecordClass<Fields, Arguments extends unknown[] = []> = new (
    ...fields: Arguments | []
  ) => JuteRecord & Fields;

  export interface StatFields {
    readonly czxid: Buffer;
    readonly mzxid: Buffer;
    readonly ctime: Buffer;
    readonly mtime: Buffer;
    readonly version: number;
    readonly cversion: number;
    readonly aversion: number;
    readonly ephemeralOwner: Buffer;
    readonly dataLength: number;
    readonly numChildren: number;
    readonly pzxid: Buffer;
  }
  export interface AclFields {
    readonly perms: number;
    readonly id: { readonly scheme: string; readonly id: string };
  }
  export type Data = Buffer | undefined;

  const jute: {
    readonly OP_CODES: Readonly<
      Record<
        | 'CREATE'
        | 'DELETE'
        | 'EXISTS'
        | 'GET_DATA'
        | 'SET_DATA'
        | 'GET_ACL'
        | 'SET_ACL'
        | 'SYNC'
        | 'PING'
        | 'GET_CHILDREN2'
        | 'CHECK'
        | 'MULTI'
        | 'AUTH'
        | 'SET_WATCHES'
        | 'CLOSE_SESSION'
        | 'ERROR',
        number
      >
    >;
    readonly data: {
      readonly Id: RecordClass<object, [scheme: string, id: string]>;
      readonly ACL: RecordClass<AclFields, [perms: number, id: JuteRecord]>;
    };
    readonly protocol: {
      readonly ConnectRequest: RecordClass<
        object,
        [protocolVersion: number, lastZxidSeen: Buffer, timeOut: number, sessionId: Buffer, passwd: Buffer]
      >;
      readonly ConnectResponse: RecordClass<{
        readonly timeOut: number;
        readonly sessionId: Buffer;
        readonly passwd: Data;
      }>;
      readonly RequestHeader: RecordClass<object, [xid: number, type: number]>;
      readonly ReplyHeader: RecordClass<{
        readonly xid: number;
        readonly zxid: Buffer;
        readonly err: number;
      }>;
      readonly AuthPacket: RecordClass<object, [type: number, scheme: string, auth: Buffer]>;
      readonly CreateRequest: RecordClass<
        object,
        [path: string, data: Data, acl: readonly JuteRecord[], flags: number]
      >;
      readonly CreateResponse: RecordClass<{ readonly path: string }>;
      readonly DeleteRequest: RecordClass<object, [path: string, version: number]>;
      readonly ExistsRequest: RecordClass<object, [path: string, watch: boolean]>;
      readonly ExistsResponse: RecordClass<{ readonly stat: StatFields }>;
      readonly GetDataRequest: RecordClass<object, [path: string, watch: boolean]>;
      readonly GetDataResponse: RecordClass<{ readonly data: Data; readonly stat: StatFields }>;
      readonly SetDataRequest: RecordClass<object, [path: string, data: Data, version: number]>;
      readonly SetDataResponse: RecordClass<{ readonly stat: StatFields }>;
      readonly GetChildren2Request: RecordClass<object, [path: string, watch: boolean]>;
      readonly GetChildren2Response: RecordClass<{
        readonly children: readonly string[];
        readonly stat: StatFields;
      }>;
      readonly GetACLRequest: RecordClass<object, [path: string]>;
      readonly GetACLResponse: RecordClass<{ readonly acl: readonly AclFields[]; readonly stat: StatFields }>;
      readonly SetACLRequest: RecordClass<
        object,
        [path: string, acl: readonly JuteRecord[], version: number]
      >;
      readonly SetACLResponse: RecordClass<{ readonly stat: StatFields }>;
      readonly CheckVersionRequest: RecordClass<object, [path: string, version: number]>;
      readonly MultiHeader: RecordClass<
        { readonly type: number; readonly done: boolean; readonly err: number },
        [type: number, done: boolean, err: number]
      >;
      readonly ErrorResponse: RecordClass<{ readonly err: number }>;
      readonly SetWatches: RecordClass<
        object,
        [
          relativeZxid: Buffer,
          dataWatches: readonly string[],
          existWatches: readonly string[],
          childWatches: readonly string[],
        ]
      >;
      readonly WatcherEvent: RecordClass<{
        readonly type: number;
        readonly state: number;
        readonly path: string;
      }>;
    };
  };
  export default jute;
}
