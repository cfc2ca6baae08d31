/** Access control lists as the real server checks them: the schemes world, auth and digest. */
import { createHash } from 'node:crypto';
import { ZK_ERROR, ZkFailure } from './errors.ts';

export interface Acl {
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}

/** Whom a connection has shown itself to be. */
export interface Identity {
  readonly scheme: string;
  readonly id: string;
}

export const PERMISSION = { read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 } as const;

export const WORLD: readonly Acl[] = [{ permissions: PERMISSION.all, scheme: 'world', id: 'anyone' }];

/** `user:password` as the server keeps it: `user:` and a hash of both. Undefined for a scheme not known here. */
export function identityOf(scheme: string, auth: Buffer): Identity | undefined {
  if (scheme !== 'digest') return undefined;
  const [user = ''] = auth.toString().split(':');
  const hash = createHash('sha1').update(auth).digest('base64');
  return { scheme, id: `${user}:${hash}` };
}

/** The list a znode gets: `auth` stands for the identities of whoever sets it. */
export function fixedAcl(acl: readonly Acl[], identities: readonly Identity[]): readonly Acl[] {
  const fixed = new Map<string, Acl>();
  const add = (one: Acl): void => void fixed.set(`${one.permissions} ${one.scheme} ${one.id}`, one);
  for (const one of acl) {
    if (one.scheme === 'auth') {
      if (identities.length === 0) throw new ZkFailure(ZK_ERROR.invalidAcl);
      for (const { scheme, id } of identities) add({ permissions: one.permissions, scheme, id });
    } else if (isValid(one)) add(one);
    else throw new ZkFailure(ZK_ERROR.invalidAcl);
  }
  if (fixed.size === 0) throw new ZkFailure(ZK_ERROR.invalidAcl);
  return [...fixed.values()];
}

/** Any of the wanted permissions is enough; a znode without a list is everybody's. */
export function allows(acl: readonly Acl[], wanted: number, identities: readonly Identity[]): boolean {
  if (acl.length === 0) return true;
  return acl.some(
    ({ permissions, scheme, id }) =>
      (permissions & wanted) !== 0 &&
      (scheme === 'world' || identities.some((one) => one.scheme === scheme && one.id === id)),
  );
}

/** What somebody sees of a list who may not change it: no hashes. */
export function redacted(acl: readonly Acl[]): readonly Acl[] {
  return acl.map((one) =>
    one.scheme === 'digest' ? { ...one, id: `${one.id.slice(0, one.id.indexOf(':'))}:x` } : one,
  );
}

function isValid({ scheme, id }: Acl): boolean {
  if (scheme === 'world') return id === 'anyone';
  return scheme === 'digest' && id.split(':').length === 2;
}
