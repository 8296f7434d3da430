import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';

export interface ExportBodyOptions {
  readonly isGzipped: boolean;
  /** Called once when a piece could not be had, and not when the reader has gone. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * The pieces as a stream that takes the next piece only when its reader has taken the ones before. When the
 * stream is destroyed, as by a client that hangs up, it asks for no further piece.
 */
export function exportBody(pieces: AsyncIterable<string>, { isGzipped, onFailure }: ExportBodyOptions): Readable {
  async function* watched(): AsyncGenerator<string> {
    try {
      for await (const piece of pieces) {
        // Where pieces are empty, nothing is handed out that would tell of the reader's end.
        if (source.destroyed) return;
        if (piece !== '') yield piece;
      }
    } catch (error) {
      // A generator whose stream is destroyed ends by an error as well.
      if (!source.destroyed) onFailure(error);
      throw error;
    }
  }
  // With an encoding the pieces stay text down to the socket; as buffers they would pile up until the next full collection.
  const source: Readable = Readable.from(watched(), { objectMode: false, encoding: 'utf8' });
  if (!isGzipped) return source;
  // What fails destroys both streams; whoever reads the second one learns of it there.
  return pipeline(source, createGzip(), () => {});
}
