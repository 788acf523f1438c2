/** The Swagger pet store, version 2, as far as workflows call it. It remembers nothing. */
import type { StubAnswer, StubRequest } from './stub.ts';

const HOST = 'petstore.swagger.io';
const NAMES = ['Milou', 'Rantanplan', 'Idefix', 'Laika', 'Rex'];
const STATUSES = ['available', 'pending', 'sold'];

function pet(id: number, changes: object = {}): Record<string, unknown> {
  return {
    id,
    category: { id: 1, name: 'dogs' },
    name: NAMES[id % NAMES.length],
    photoUrls: [`https://${HOST}/photos/${id}.jpg`],
    tags: [{ id: 1, name: 'friendly' }],
    status: STATUSES[id % STATUSES.length],
    ...changes,
  };
}

function notFound(message: string): StubAnswer {
  return { status: 404, body: { code: 1, type: 'error', message } };
}

function json(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text || '{}');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    // A body that is no JSON is an empty pet, as the real service has it.
    return {};
  }
}

export function petstore({ method, url, body, headers }: StubRequest): StubAnswer {
  const full = url.pathname.replace(/^\/(v2|api\/v3)/, '');
  if (full.startsWith('/secured/') && !headers.authorization) return { status: 401, body: '' };
  const path = full.replace(/^\/secured/, '');
  if (/^\/(swagger|openapi)\.(json|yaml)$/.test(path)) return { status: 200, body: SWAGGER };
  const [, area, first, second] = path.split('/');
  if (area === 'pet') return pets(method, url, body, first, second);
  if (area === 'store') return store(method, body, first, second);
  if (area === 'user') return users(method, body, first);
  return notFound('no such path');
}

function pets(method: string, url: URL, body: string, first?: string, second?: string): StubAnswer {
  if (!first) {
    if (method === 'POST' || method === 'PUT') return { status: 200, body: { ...pet(1), ...json(body) } };
    return { status: 405, body: { code: 405, type: 'unknown' } };
  }
  if (first === 'findByStatus') {
    const wanted = url.searchParams.getAll('status').flatMap(each => each.split(','));
    return { status: 200, body: [1, 2, 3].map(id => pet(id, { status: wanted[0] || 'available' })) };
  }
  if (first === 'findByTags') return { status: 200, body: [1, 2].map(id => pet(id)) };
  const id = Number(first);
  if (!/^\d+$/.test(first) || id <= 0 || !Number.isSafeInteger(id)) return notFound('Pet not found');
  if (second === 'uploadImage')
    return { status: 200, body: { code: 200, type: 'unknown', message: 'uploaded' } };
  if (method === 'DELETE') return { status: 200, body: { code: 200, type: 'unknown', message: String(id) } };
  if (method === 'GET') return { status: 200, body: pet(id) };
  return { status: 200, body: { ...pet(id), ...json(body) } };
}

function store(method: string, body: string, first?: string, second?: string): StubAnswer {
  if (first === 'inventory') return { status: 200, body: { available: 42, pending: 3, sold: 7 } };
  if (first !== 'order') return notFound('no such path');
  const order = (id: number) => ({
    id,
    petId: 1,
    quantity: 1,
    shipDate: '2026-01-01T00:00:00.000+0000',
    status: 'placed',
    complete: true,
  });
  if (method === 'POST') return { status: 200, body: { ...order(1), ...json(body) } };
  if (!second || !/^\d+$/.test(second)) return notFound('Order not found');
  return { status: 200, body: method === 'DELETE' ? { code: 200, message: second } : order(Number(second)) };
}

function users(method: string, body: string, first?: string): StubAnswer {
  if (method === 'POST' || method === 'PUT' || method === 'DELETE')
    return {
      status: 200,
      body: { code: 200, type: 'unknown', message: String(json(body).id ?? first ?? '1') },
    };
  if (first === 'login')
    return { status: 200, body: { code: 200, type: 'unknown', message: 'logged in user session:1' } };
  if (first === 'logout') return { status: 200, body: { code: 200, type: 'unknown', message: 'ok' } };
  return {
    status: 200,
    body: {
      id: 1,
      username: first,
      firstName: 'Ann',
      lastName: 'Lee',
      email: 'ann@example.com',
      userStatus: 1,
    },
  };
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; type?: string }[];
}

function operation(
  operationId: string,
  ...parameters: [name: string, place: string, required?: boolean][]
): Operation {
  return {
    operationId,
    parameters: parameters.map(([name, place, required = true]) => ({
      name,
      in: place,
      required,
      ...(place === 'body' ? {} : { type: 'string' }),
    })),
  };
}

const SWAGGER = {
  swagger: '2.0',
  info: { version: '1.0.7', title: 'Swagger Petstore' },
  host: HOST,
  basePath: '/v2',
  schemes: ['https', 'http'],
  paths: {
    '/pet': { post: operation('addPet', ['body', 'body']), put: operation('updatePet', ['body', 'body']) },
    '/pet/findByStatus': { get: operation('findPetsByStatus', ['status', 'query']) },
    '/pet/findByTags': { get: operation('findPetsByTags', ['tags', 'query']) },
    '/pet/{petId}': {
      get: operation('getPetById', ['petId', 'path']),
      post: operation(
        'updatePetWithForm',
        ['petId', 'path'],
        ['name', 'formData', false],
        ['status', 'formData', false],
      ),
      delete: operation('deletePet', ['api_key', 'header', false], ['petId', 'path']),
    },
    '/store/inventory': { get: operation('getInventory') },
    '/store/order': { post: operation('placeOrder', ['body', 'body']) },
    '/store/order/{orderId}': {
      get: operation('getOrderById', ['orderId', 'path']),
      delete: operation('deleteOrder', ['orderId', 'path']),
    },
    '/user': { post: operation('createUser', ['body', 'body']) },
    '/user/login': { get: operation('loginUser', ['username', 'query'], ['password', 'query']) },
    '/user/logout': { get: operation('logoutUser') },
    '/user/{username}': {
      get: operation('getUserByName', ['username', 'path']),
      delete: operation('deleteUser', ['username', 'path']),
    },
  },
};
