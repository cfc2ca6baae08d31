/**
 * The one thing a coordinator reads out of the opaque bytes members exchange: which topics a consumer subscribes to. It
 * decides which offsets may expire or be deleted. Every version of the subscription begins with version 0, so that is
 * what is read. Bytes that cannot be read make the answer "unknown", never an error.
 */
import { ConsumerProtocolSubscription, decodeMessage, ProtocolError } from '../../protocol/index.ts';

export const CONSUMER_PROTOCOL_TYPE = 'consumer';

/** The int16 in front of the subscription. */
const VERSION_BYTES = 2;

/** All topics of these subscriptions; null as soon as one of them cannot be read. */
export function subscribedTopicsOf(subscriptions: readonly Buffer[]): ReadonlySet<string> | null {
  const topics = new Set<string>();
  try {
    for (const subscription of subscriptions)
      for (const topic of decodeMessage(ConsumerProtocolSubscription, 0, subscription, VERSION_BYTES).topics)
        topics.add(topic);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
  return topics;
}
