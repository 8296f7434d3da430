import type { StreamClientLimits } from './stream-client.js';

/** What all streams of a process may cost. */
export abstract class StreamLimits {
  abstract readonly mostStreams: number;
  abstract readonly client: StreamClientLimits;
  /** Time between two heartbeats of a stream. Proxies close an idle connection after a minute, some after half of one. */
  abstract readonly heartbeatMs: number;
  /** Time between two looks at SQL, whether all was told that happened: a client's position is no newer than the last. */
  abstract readonly auditMs: number;
  /** Bytes that wait for all clients together at most, counted for each; beyond, those for whom most waits are cut off. */
  abstract readonly mostWaitingBytes: number;
  /** How long clients are told without a turn for everything else. */
  abstract readonly longestTurnMs: number;
  /** What has happened and nobody was told of at most; beyond it all streams end. */
  abstract readonly mostHappenings: number;
  /** Events in one statement. On SQLite nothing else happens meanwhile. */
  abstract readonly readAtOnce: number;
  /** How long a statement may take, and what is read with it. */
  abstract readonly longestReadMs: number;
  /** So many groups of clients read their past at once; the others wait, and nothing is kept for them. */
  abstract readonly returningAtOnce: number;
  /** How long clients that read their past together wait for a slow one among them. */
  abstract readonly longestLagMs: number;
  /** How long a group that has no room for what it reads keeps others from reading in its place. */
  abstract readonly longestKeptPlaceMs: number;
  /** What happens within a millisecond for so many streams is told at once: each write to each of them costs. */
  abstract readonly clientsForOneMs: number;
  /** How long a new stream waits until its process hears of everything; beyond it, it begins by reading SQL. */
  abstract readonly longestOpeningMs: number;
  /** How long a process goes on listening after its last stream has ended. */
  abstract readonly lingerMs: number;
}

const MIB = 1024 * 1024;

export const STREAM_LIMITS: StreamLimits = {
  mostStreams: 2_000,
  client: { mostWaitingBytes: MIB, roomyBytes: MIB / 4, longestStallMs: 60_000, longestEndingMs: 5_000 },
  heartbeatMs: 15_000,
  auditMs: 5_000,
  mostWaitingBytes: 256 * MIB,
  longestTurnMs: 5,
  mostHappenings: 50_000,
  readAtOnce: 100,
  longestReadMs: 10_000,
  returningAtOnce: 8,
  longestLagMs: 1_000,
  longestKeptPlaceMs: 100,
  clientsForOneMs: 10,
  longestOpeningMs: 3_000,
  lingerMs: 10_000,
};
