/**
 * What one API is to the server: its two messages, what the caller must be allowed to do, and how to answer. A
 * handler knows nothing of frames, versions' byte layouts, throttling or connections: the dispatcher does all that.
 * It throws KafkaError when the whole request fails; failures of single topics or partitions are values in its answer.
 */
import type { ErrorName, MessageInput, MessageOf, MessageSchema } from '../protocol/index.ts';
import type { Operation, Principal, Resource } from '../security/index.ts';
import type { Services } from './services.ts';

/** Where a request came from, and in which version. */
export interface RequestContext {
  readonly apiKey: number;
  readonly apiVersion: number;
  readonly correlationId: number;
  readonly clientId: string | null;
  readonly principal: Principal;
  /** The client's address as text, without a port. */
  readonly clientHost: string;
  readonly listenerName: string;
  readonly connectionId: string;
  /** Authorized for one of the handler's own topics, groups, ...: used to filter lists. */
  authorize(operation: Operation, resource: Resource): boolean;
  /** What is left of the request is waiting: the connection's next one of the same API may be handled meanwhile. */
  letSameFollow(): void;
  /** Names what to call once the response's bytes have left; it is not called if they never do. */
  onSent(callback: () => void): void;
}

/** One permission a request needs as a whole, and the error when it is missing. */
export interface Access {
  readonly operation: Operation;
  readonly resource: Resource;
  readonly ifDenied: ErrorName;
}

/** A response that is never sent: Produce with acks 0. */
export const NO_RESPONSE = Symbol('no response');
type NoResponse = typeof NO_RESPONSE;

export interface Handler<Request, Response> {
  /** The permissions checked before `handle`; absent when the handler filters for itself. */
  access?(request: Request, context: RequestContext): readonly Access[];
  /** May answer at once or later; a promise is only paid for when there is something to wait for. */
  handle(
    request: Request,
    context: RequestContext,
    services: Services,
  ): Response | NoResponse | Promise<Response | NoResponse>;
  /** The answer that says the request failed as a whole. */
  failed(request: Request, error: ErrorName, message: string, context: RequestContext): Response | NoResponse;
}

/** A handler with its schemas; the types of both messages are forgotten here, so that one table can hold all. */
export interface BoundHandler {
  readonly requestSchema: MessageSchema;
  readonly responseSchema: MessageSchema;
  readonly handler: Handler<never, unknown>;
}

/** Ties a handler to its two messages; `Request` and `Response` are inferred from the schemas. */
export function defineHandler<Req extends MessageSchema, Res extends MessageSchema>(
  definition: { readonly request: Req; readonly response: Res } & Handler<MessageOf<Req>, MessageInput<Res>>,
): BoundHandler {
  const { request, response, ...handler } = definition;
  return { requestSchema: request, responseSchema: response, handler };
}
