import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import fastifyStatic from '@fastify/static';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';

/** Where `npm run build` leaves the page. The way there is the same from the sources and from what is built of them. */
const BUILT_PAGE = join('dist', 'apps', 'map');
/** Their names change with their content. */
const HASHED = /-[\w-]{8}(\.\w+)+$/;
/** They are sent in place of the files beside which they lie, and are none of their own. */
const COMPRESSED = ['**/*.br', '**/*.gz'];

const YEAR_SECONDS = 31_536_000;

/**
 * Serves the page at `/` and its files, to everybody: it holds no event, and asks for a key itself where one is needed. Call
 * before the application is initialised.
 */
export async function serveMapPage(fastify: FastifyInstance): Promise<void> {
  const root = builtPage();
  if (root === undefined) return new Logger('MapPage').warn('the page is not built: there is nothing at /');
  await fastify.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'anyone', pagePolicy: 'strict' };
    });
    await scope.register(fastifyStatic, {
      root,
      // A route for each file, so that every other path and method is refused as everywhere else.
      wildcard: false,
      globIgnore: COMPRESSED,
      preCompressed: true,
      decorateReply: false,
      cacheControl: false,
      setHeaders: (reply, path) => {
        void reply.header(
          'cache-control',
          HASHED.test(basename(path)) ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
        );
      },
    });
  });
}

function builtPage(): string | undefined {
  const folders = ['../../..', '../../../..'].map((up) => join(import.meta.dirname, up, BUILT_PAGE));
  return folders.find((folder) => existsSync(join(folder, 'index.html')));
}
