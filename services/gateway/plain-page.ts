/** Pages of a few words that need no application around them, under a policy that lets nothing else in. */
import type { FastifyReply, FastifyRequest } from 'fastify';

const POLICY =
  "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'; style-src 'self' 'unsafe-inline'";

/** `content` is HTML of ours: nothing that anybody sent stands in it. */
export function sendPage(reply: FastifyReply, title: string, content: string): FastifyReply {
  return reply
    .header('content-security-policy', POLICY)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(`<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:16px/1.5 system-ui;max-width:34rem;margin:4rem auto;padding:0 1rem}button,input{font:inherit;padding:.5rem 1rem}code{overflow-wrap:anywhere}</style>
<main><h1>${title}</h1>${content}</main></html>`);
}

const INTERFACES = /^\/(api|v1|mcp|ofrep)([/?]|$)/;

/** Whether a person's browser asks for a page, rather than a program for an answer. */
export function wantsPage(request: FastifyRequest): boolean {
  return (
    request.method === 'GET' &&
    !INTERFACES.test(request.url) &&
    (request.headers.accept ?? '').includes('text/html')
  );
}
