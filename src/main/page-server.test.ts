import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentSecurityPolicy } from '../contracts/page-policy.ts';
import { servePages } from './page-server.ts';

describe('the pages of the window', () => {
  let root: string;
  let answer: (request: Request) => Promise<Response>;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'pages-'));
    mkdirSync(join(root, 'renderer', 'assets'), { recursive: true });
    writeFileSync(join(root, 'renderer', 'index.html'), '<title>window</title>');
    writeFileSync(join(root, 'renderer', 'assets', 'index.js'), 'run()');
    writeFileSync(join(root, 'secret.json'), '{"secret": true}');
    mkdirSync(join(root, 'renderer-other'));
    writeFileSync(join(root, 'renderer-other', 'secret.json'), '{"secret": true}');
    answer = servePages(join(root, 'renderer'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const get = (address: string): Promise<Response> => answer(new Request(address));

  it('serves a file with its type and the content security policy', async () => {
    const response = await get('app://microbatch/assets/index.js');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
    expect(await response.text()).toBe('run()');
  });

  it('serves the window for every screen of it', async () => {
    for (const address of ['app://microbatch/', 'app://microbatch/runs', 'app://microbatch/compare/x?by=method']) {
      expect(await (await get(address)).text()).toBe('<title>window</title>');
    }
  });

  it.each([
    'app://microbatch/../secret.json',
    'app://microbatch/%2e%2e/secret.json',
    'app://microbatch/..%2fsecret.json',
    'app://microbatch/%2e%2e%2fsecret.json',
    'app://microbatch/assets/..%2f..%2fsecret.json',
    'app://microbatch/..%2frenderer-other%2fsecret.json',
    'app://microbatch/..%5csecret.json',
    'app://microbatch/%252e%252e%252fsecret.json',
    'app://microbatch//etc/passwd.json',
    'app://microbatch/%00secret.json',
    'app://microbatch/%',
    'app://microbatch/assets',
    'app://microbatch/missing.js',
  ])('%s does not leave the folder', async (address) => {
    const response = await get(address);
    const text = await response.text();
    expect(text).not.toContain('secret');
    if (response.status === 200) expect(text).toBe('<title>window</title>');
    else expect([400, 404]).toContain(response.status);
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
  });

  it('does not follow a symbolic link out of the folder', async () => {
    symlinkSync(join(root, 'secret.json'), join(root, 'renderer', 'link.json'));
    expect((await get('app://microbatch/link.json')).status).toBe(404);
  });

  it('answers no other host and no other method', async () => {
    expect((await get('app://other/index.html')).status).toBe(404);
    expect((await get('app://microbatch:80/index.html')).status).toBe(404);
    expect((await answer(new Request('app://microbatch/', { method: 'POST' }))).status).toBe(405);
    expect((await answer(new Request('app://microbatch/', { method: 'HEAD' }))).status).toBe(405);
  });

  it('allows scripts, styles and connections of its own only', () => {
    expect(contentSecurityPolicy).not.toMatch(/unsafe|\*|https?:|wss?:/);
  });
});
