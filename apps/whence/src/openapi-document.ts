import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { KEY_IN_AUTHORIZATION, KEY_IN_HEADER } from '#libs/platform';
import { completeOpenApi } from './complete-openapi.js';

/** The contract's version, not the program's. */
const CONTRACT_VERSION = '1.0.0';

const DESCRIPTION = `Submit events and get an answer in milliseconds; Whence then finds out where each came from.
A trailing slash is optional on every path.

Where the Geolocation API's stand-in is used: IP geolocation by [DB-IP](https://db-ip.com), CC BY 4.0.`;

const KEYS = 'An API key. Only where the service requires them: with `AUTH=required`.';

/** The OpenAPI document of the service. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Whence')
    .setDescription(DESCRIPTION)
    .setVersion(CONTRACT_VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'This service')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', bearerFormat: 'whence key', description: KEYS },
      KEY_IN_AUTHORIZATION,
    )
    .addApiKey({ type: 'apiKey', in: 'header', name: 'X-API-Key', description: KEYS }, KEY_IN_HEADER)
    .addTag('Events', 'Submit and fetch.')
    .addTag('Locations', 'Look addresses up again.')
    .addTag('Health', 'For probes and people.')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  return completeOpenApi({ ...document, security: [] });
}
