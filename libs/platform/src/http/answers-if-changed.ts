import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import { EntityTagInterceptor } from './entity-tag.interceptor.js';

/** Documents the headers of an answer that has an entity tag; for `ApiOkResponse`. */
export const ENTITY_TAG_HEADERS = {
  ETag: {
    required: true,
    description: 'Of this very answer: it changes with it, also with estimated_located_at.',
    schema: { type: 'string', example: 'W/"yTVLD4zJuEJWL7HTmMNOMA"' },
  },
  'Cache-Control': {
    required: true,
    description: 'A cache may keep the answer, but has to ask whether it has changed.',
    schema: { type: 'string', enum: ['private, no-cache'] },
  },
};

/** For a GET that answers JSON: its answers have an ETag, and a client that has the same one already gets 304. */
export function AnswersIfChanged(): MethodDecorator {
  return applyDecorators(
    UseInterceptors(EntityTagInterceptor),
    ApiHeader({
      name: 'If-None-Match',
      required: false,
      description: 'ETags of answers that the client has, with commas, or *: where one of them is still true, 304.',
      schema: { type: 'string' },
    }),
    ApiResponse({
      status: 304,
      description: 'As the client has it: If-None-Match names its ETag. There is no body.',
      headers: ENTITY_TAG_HEADERS,
    }),
  );
}
