/**
 * The one path every request takes: header, version check, decode, authorize, handle, encode (architecture: how a
 * request flows). Only here do errors become error codes, and only here is a connection given up:
 *
 * - an unknown API or version closes the connection without an answer; ApiVersions alone answers UNSUPPORTED_VERSION
 *   in its v0 form, so that newer clients can fall back (contract 1.2, KIP-511);
 * - bytes that are no request close it;
 * - a KafkaError becomes the handler's failure answer;
 * - a broken invariant of ours ends the process; any other surprise is logged and answered UNKNOWN_SERVER_ERROR.
 */
import { AssertionError } from '../common/index.ts';
import type { FactStream } from '../observe/index.ts';
import {
  apiByKey,
  KafkaError,
  ProtocolError,
  decodeMessage,
  decodeRequestHeader,
  encodeResponse,
  errors,
  type ErrorName,
} from '../protocol/index.ts';
import { ApiVersionsResponse } from '../protocol/messages/18-api-versions.ts';
import type { Clock, Logger } from '../runtime/index.ts';
import { ANONYMOUS, type Authorizer } from '../security/index.ts';
import { ConnectionMustClose } from './connection-must-close.ts';
import { NO_RESPONSE, type BoundHandler, type Handler, type RequestContext } from './handler.ts';
import { unsupportedApiVersions } from './handlers/18-api-versions.ts';
import type { RequestMetrics } from './request-metrics.ts';
import { SERVED_APIS } from './served-apis.ts';
import type { Services } from './services.ts';

const API_VERSIONS = 18;

/** The connection a request came on, as far as the dispatcher needs it. */
export interface RequestOrigin {
  readonly connectionId: string;
  readonly listenerName: string;
  readonly clientHost: string;
  /** What is left of the request is waiting: the connection's next one of the same API may be handled. */
  readonly letSameFollow: () => void;
}

/** What becomes of a request: bytes to send, nothing to send, or the end of its connection. */
export type Outcome =
  | {
      readonly kind: 'respond';
      readonly buffers: Buffer[];
      readonly onSent?: (() => void) | undefined;
    }
  | { readonly kind: 'no-response' }
  | { readonly kind: 'close'; readonly reason: string };

interface Served {
  readonly name: string;
  readonly minVersion: number;
  readonly maxVersion: number;
  readonly bound: BoundHandler;
}

interface Arrived {
  readonly served: Served;
  readonly request: never;
  readonly context: RequestContext;
  readonly ending: { onSent: (() => void) | undefined };
  readonly receivedMs: number;
  readonly requestBytes: number;
}

export class Dispatcher {
  readonly #served: ReadonlyMap<number, Served>;
  readonly #services: Services;
  readonly #authorizer: Authorizer;
  readonly #facts: FactStream;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #metrics: RequestMetrics;
  readonly #onBug: (error: AssertionError) => void;

  constructor(options: {
    readonly handlers: ReadonlyMap<number, BoundHandler>;
    readonly services: Services;
    readonly authorizer: Authorizer;
    readonly metrics: RequestMetrics;
    readonly logger: Logger;
    /** Called with a broken invariant; expected to end the process. */
    readonly onBug: (error: AssertionError) => void;
  }) {
    this.#services = options.services;
    this.#authorizer = options.authorizer;
    this.#metrics = options.metrics;
    this.#logger = options.logger;
    this.#onBug = options.onBug;
    this.#facts = options.services.facts;
    this.#clock = options.services.runtime.clock;
    this.#served = servedApis(options.handlers);
  }

  /** Handles one frame (without its length). At once where the answer is at hand, else as a promise; never rejects. */
  dispatch(frame: Buffer, origin: RequestOrigin): Outcome | Promise<Outcome> {
    let arrived: Arrived | Outcome;
    try {
      arrived = this.#arrive(frame, origin);
    } catch (error) {
      if (error instanceof ProtocolError) return close(error.message);
      throw error;
    }
    if ('kind' in arrived) return arrived;
    const request = arrived;
    try {
      const answer = this.#handle(request);
      return answer instanceof Promise
        ? answer.then(
            (value) => this.#answer(request, value),
            (error: unknown) => this.#failed(request, error),
          )
        : this.#answer(request, answer);
    } catch (error) {
      return this.#failed(request, error);
    }
  }

  #arrive(frame: Buffer, origin: RequestOrigin): Arrived | Outcome {
    const header = decodeRequestHeader(frame);
    const { apiKey, apiVersion, correlationId, clientId } = header;
    const served = this.#served.get(apiKey);
    if (served === undefined) return close(`api key ${apiKey} is not served`);
    if (apiVersion < served.minVersion || apiVersion > served.maxVersion) {
      if (apiKey !== API_VERSIONS) return close(`version ${apiVersion} of ${served.name} is not served`);
      const buffers = encodeResponse(ApiVersionsResponse, 0, correlationId, unsupportedApiVersions());
      return { kind: 'respond', buffers };
    }
    const principal = ANONYMOUS;
    const ending: Arrived['ending'] = { onSent: undefined };
    const context: RequestContext = {
      apiKey,
      apiVersion,
      correlationId,
      clientId,
      principal,
      clientHost: origin.clientHost,
      listenerName: origin.listenerName,
      connectionId: origin.connectionId,
      authorize: (operation, resource) =>
        !this.#authorizer.restricts ||
        this.#authorizer.authorize(principal, origin.clientHost, operation, resource),
      letSameFollow: origin.letSameFollow,
      onSent: (callback) => {
        ending.onSent = callback;
      },
    };
    if (this.#facts.active)
      this.#facts.emit({
        kind: 'request-received',
        api: served.name,
        version: apiVersion,
        correlationId,
        clientId,
        connection: origin.connectionId,
      });
    const request = decodeMessage(
      served.bound.requestSchema,
      apiVersion,
      frame,
      header.bodyPosition,
    ) as never;
    const receivedMs = this.#clock.monotonicMs();
    return { served, request, context, ending, receivedMs, requestBytes: frame.length };
  }

  #handle({ served, request, context }: Arrived): unknown {
    const { handler } = served.bound;
    for (const { operation, resource, ifDenied } of handler.access?.(request, context) ?? [])
      if (!context.authorize(operation, resource)) throw new KafkaError(ifDenied);
    return handler.handle(request, context, this.#services);
  }

  #answer(arrived: Arrived, value: unknown): Outcome {
    if (value === NO_RESPONSE) {
      this.#done(arrived, 0);
      return { kind: 'no-response' };
    }
    const { served, context } = arrived;
    try {
      const { responseSchema } = served.bound;
      const buffers = encodeResponse(
        responseSchema,
        context.apiVersion,
        context.correlationId,
        value as never,
      );
      this.#done(
        arrived,
        buffers.reduce((bytes, buffer) => bytes + buffer.length, 0),
      );
      return { kind: 'respond', buffers, onSent: arrived.ending.onSent };
    } catch (error) {
      this.#logger.error(`cannot encode the answer to ${served.name} v${context.apiVersion}`, { error });
      return close('the answer could not be encoded');
    }
  }

  #failed(arrived: Arrived, error: unknown): Outcome {
    const { served, request, context } = arrived;
    if (error instanceof ConnectionMustClose) return close(error.message);
    if (error instanceof AssertionError) this.#onBug(error);
    const [name, message] = this.#nameOf(error, served.name, context.apiVersion);
    this.#metrics.failed(served.name, name);
    const handler: Handler<never, unknown> = served.bound.handler;
    return this.#answer(arrived, handler.failed(request, name, message, context));
  }

  #nameOf(error: unknown, api: string, version: number): readonly [ErrorName, string] {
    if (error instanceof KafkaError) return [error.error, error.message];
    this.#logger.error(`unexpected failure while handling ${api} v${version}`, { error });
    return ['UNKNOWN_SERVER_ERROR', errors.UNKNOWN_SERVER_ERROR.message];
  }

  #done({ served, context, receivedMs, requestBytes }: Arrived, responseBytes: number): void {
    this.#metrics.answered(
      served.name,
      context.apiVersion,
      this.#clock.monotonicMs() - receivedMs,
      requestBytes,
    );
    if (this.#facts.active)
      this.#facts.emit({
        kind: 'request-answered',
        api: served.name,
        correlationId: context.correlationId,
        connection: context.connectionId,
        responseBytes,
      });
  }
}

function close(reason: string): Outcome {
  return { kind: 'close', reason };
}

/** Joins the table of versions with the handlers; one without the other is a bug. */
function servedApis(handlers: ReadonlyMap<number, BoundHandler>): ReadonlyMap<number, Served> {
  const served = new Map<number, Served>();
  for (const { apiKey, minVersion, maxVersion } of SERVED_APIS) {
    const bound = handlers.get(apiKey);
    const name = apiByKey(apiKey)?.name;
    if (bound === undefined || name === undefined)
      throw new AssertionError(`api key ${apiKey} has no handler`);
    served.set(apiKey, { name, minVersion, maxVersion, bound });
  }
  if (handlers.size !== served.size) throw new AssertionError('a handler stands in no table of served APIs');
  return served;
}
