import { type Event, type Refusal, type Submission, whenceClient } from './whence-client.js';

/** Never run. Each line is a mistake that the types have to find: one that compiles fails the compilation. */
export async function mistakes(event: Event, refusal: Refusal): Promise<void> {
  const client = whenceClient('http://127.0.0.1');
  const taskId = { task_id: event.task_id };

  // @ts-expect-error a path that there is not
  await client.GET('/events', {});
  // @ts-expect-error a method that the path has not
  await client.PUT('/event', {});
  // @ts-expect-error a misspelled field of an event to submit
  const misspelled: Submission = { nmae: 'x', status_code: 2 };
  await client.POST('/event/submit', { body: misspelled });
  // @ts-expect-error a status code of the wrong type
  await client.POST('/event/submit', { body: { status_code: true } });
  // @ts-expect-error attributes that are not flat
  await client.POST('/event/submit', { body: { name: 'x', attributes: { nested: {} } } });
  // @ts-expect-error no body
  await client.POST('/event/submit', {});
  // @ts-expect-error a batch without its events
  await client.POST('/event/submit/batch', { body: [{ name: 'x' }] });
  // @ts-expect-error no task id
  await client.GET('/event/{task_id}', {});
  // @ts-expect-error a filter that there is not
  await client.GET('/event', { params: { query: { country: ['GB'] } } });
  // @ts-expect-error a location status that there is not
  await client.GET('/event', { params: { query: { location_status: ['lost'] } } });
  // @ts-expect-error a list as text
  await client.GET('/event', { params: { query: { status_code: '2,7' } } });
  // @ts-expect-error an order that there is not
  await client.GET('/event', { params: { query: { order: 'newest' } } });
  // @ts-expect-error counts of nothing
  await client.GET('/event/stats', { params: { query: {} } });
  // @ts-expect-error an interval that there is not
  await client.GET('/event/stats', { params: { query: { by: 'time', interval: 'week' } } });

  const fetched = await client.GET('/event/{task_id}', { params: { path: taskId } });
  // @ts-expect-error an answer that may be a refusal
  void fetched.data.data;
  // @ts-expect-error a misspelled field of an event
  void event.locaton;
  // @ts-expect-error an event that may have no location
  void event.location.city;
  // @ts-expect-error a location status that there is not
  void (event.location_status === 'lost');
  // @ts-expect-error the data of a refusal that may be the server's
  void refusal.data;
  // @ts-expect-error a misspelled code
  void (refusal.status === 'fail' && refusal.data.code === 'event_not_fuond');
  // @ts-expect-error a code that no refusal of the client's fault has
  void (refusal.status === 'fail' && refusal.data.code === 'storage_unavailable');
}
