// The yardstick for submissions: Fastify as it comes, answering the same call with a body of the same shape, and nothing
// behind it. What a service on Fastify answers per second can only be a share of this.
import Fastify from 'fastify';

const TASK_ID = '0199c5d8-7c6e-7b3a-9f10-0d8a4f1c2b3e';

const server = Fastify();
server.post('/event/submit/', (_request, reply) => {
  reply.code(202).send({ status: 'success', data: { task_id: TASK_ID } });
});
console.log(`bare Fastify on ${await server.listen({ host: '127.0.0.1', port: 0 })}`);
