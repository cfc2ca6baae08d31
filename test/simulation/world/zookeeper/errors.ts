/** The error codes of the real server that the simulated one gives. */
export const ZK_ERROR = {
  ok: 0,
  runtimeInconsistency: -2,
  unimplemented: -6,
  badArguments: -8,
  noNode: -101,
  noAuth: -102,
  badVersion: -103,
  noChildrenForEphemerals: -108,
  nodeExists: -110,
  notEmpty: -111,
  invalidAcl: -114,
  authFailed: -115,
} as const;

export class ZkFailure extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`ZooKeeper error ${code}`);
    this.code = code;
  }
}
