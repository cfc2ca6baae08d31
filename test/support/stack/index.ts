/** All stories, as one table. */
import { CONNECT } from './connect.ts';
import { MIRROR_MAKER } from './mirror-maker.ts';
import type { Story } from './stack.ts';
import { STREAMS_EOS } from './streams-eos.ts';
import { STREAMS_SMOKE } from './streams-smoke.ts';

export const STORIES: readonly Story[] = [...STREAMS_SMOKE, ...STREAMS_EOS, CONNECT, MIRROR_MAKER];
