import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

/** The contract's version, not the program's. */
const CONTRACT_VERSION = '1.0.0';

const DESCRIPTION = `Submit events and get an answer in milliseconds; Whence then finds out where each came from.
A trailing slash is optional on every path.

Where the Geolocation API's stand-in is used: IP geolocation by [DB-IP](https://db-ip.com), CC BY 4.0.`;

const NDJSON = 'application/x-ndjson';

/** Nest gives every media type of a body the schema of its class; that of NDJSON is text. */
function withNdjsonAsText(document: OpenAPIObject): OpenAPIObject {
  for (const path of Object.values(document.paths)) {
    const body = path.post?.requestBody;
    if (body === undefined || !('content' in body) || body.content[NDJSON] === undefined) continue;
    body.content[NDJSON] = {
      schema: {
        type: 'string',
        description: 'One event a line, as `POST /event/submit` takes it; blank lines are ignored.',
      },
      example: '{"name":"EC2 Instance Offline","status_code":2}\n{"name":"EC2 Instance Online","status_code":0}\n',
    };
  }
  return document;
}

/** The OpenAPI document of the service. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Whence')
    .setDescription(DESCRIPTION)
    .setVersion(CONTRACT_VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/', 'This service')
    .addTag('Events', 'Submit and fetch.')
    .addTag('Health', 'For probes and people.')
    .build();
  const document = SwaggerModule.createDocument(app, config);
  return withNdjsonAsText({ ...document, security: [] });
}
