import { describe, expect, it } from 'vitest';
import { applicationAddress, externalAddress, isOwnPage } from './addresses.ts';

describe('pages of the application', () => {
  it.each([
    'app://microbatch/',
    'app://microbatch/index.html',
    'app://microbatch/#/runs?sort=app://other/',
    'app://microbatch/runs/../compare',
  ])('%s is one', (address) => expect(isOwnPage(address, applicationAddress)).toBe(true));

  it.each([
    ['another host', 'app://other/'],
    ['a host that begins alike', 'app://microbatch.example/'],
    ['a host that ends alike', 'app://not-microbatch/'],
    ['a port', 'app://microbatch:8080/'],
    ['our name as the user', 'app://microbatch@example.org/'],
    ['a user name', 'app://someone@microbatch/'],
    ['our name as user and password', 'app://microbatch:secret@example.org/'],
    ['no host', 'app:///microbatch/'],
    ['one slash', 'app:/microbatch/'],
    ['backslashes', String.raw`app:\\microbatch\ `],
    ['another scheme', 'https://microbatch/'],
    ['a scheme that begins alike', 'apps://microbatch/'],
    ['our address in a query', 'https://example.org/?next=app://microbatch/'],
    ['our address in a fragment', 'https://example.org/#app://microbatch/'],
    ['our address in a path', 'https://example.org/app://microbatch/'],
    ['a script', 'javascript:alert(1)//app://microbatch/'],
    ['a data address', 'data:text/html,app://microbatch/'],
    ['a file', 'file:///app://microbatch/index.html'],
    ['a blob of ours', 'blob:app://microbatch/5b1'],
    ['a source view', 'view-source:app://microbatch/'],
    ['the empty page', 'about:blank'],
    ['a sub-document', 'about:srcdoc'],
    ['nothing', ''],
    ['no address at all', 'microbatch'],
  ])('%s is not', (_what, address) => expect(isOwnPage(address, applicationAddress)).toBe(false));

  it('holds the development server to its exact port', () => {
    const own = 'http://localhost:5173';
    expect(isOwnPage('http://localhost:5173/runs', own)).toBe(true);
    expect(isOwnPage('http://localhost:5174/runs', own)).toBe(false);
    expect(isOwnPage('https://localhost:5173/runs', own)).toBe(false);
    expect(isOwnPage('http://localhost:5173@example.org/', own)).toBe(false);
    expect(isOwnPage('http://localhost.example.org:5173/', own)).toBe(false);
  });
});

describe('addresses for the browser', () => {
  it.each([
    ['https://arxiv.org/abs/2201.1234', 'https://arxiv.org/abs/2201.1234'],
    ['http://localhost:8080/x', 'http://localhost:8080/x'],
    ['HTTPS://Example.ORG', 'https://example.org/'],
    ['https:example.org', 'https://example.org/'],
    ['https:\\\\example.org\\x', 'https://example.org/x'],
    [' https://example.org/a b\n', 'https://example.org/a%20b'],
    ['https://example.org/?next=app://microbatch/', 'https://example.org/?next=app://microbatch/'],
    ['https://example.org/?next=javascript:alert(1)', 'https://example.org/?next=javascript:alert(1)'],
  ])('%j opens as %s', (address, opened) => expect(externalAddress(address)).toBe(opened));

  it.each([
    ['a script', 'javascript:alert(1)'],
    ['a script that names a site', 'javascript://example.org/%0aalert(1)'],
    ['a script behind a tab', 'java\tscript:alert(1)'],
    ['a file', 'file:///etc/passwd'],
    ['a network share as file', 'file://host/share/run.exe'],
    ['a network share', String.raw`\\host\share\run.exe`],
    ['a network share with slashes', '//host/share'],
    ['a path', '/usr/bin/true'],
    ['a Windows path', String.raw`C:\Windows\System32\calc.exe`],
    ['our own scheme', 'app://microbatch/'],
    ['data', 'data:text/html,<script>alert(1)</script>'],
    ['a blob', 'blob:https://example.org/5b1'],
    ['a Windows settings page', 'ms-settings:privacy'],
    ['a search handler', 'search-ms:query=x&crumb=location:\\\\host'],
    ['mail', 'mailto:someone@example.org'],
    ['a remote shell', 'ssh://-oProxyCommand=x/'],
    ['file transfer', 'ftp://example.org/'],
    ['a source view', 'view-source:https://example.org/'],
    ['a user name', 'https://arxiv.org@example.org/'],
    ['a user name and password', 'https://arxiv.org:443@example.org/'],
    ['no host', 'https://'],
    ['a command as host', 'http://exa mple.org/'],
    ['nothing', ''],
    ['words', 'example.org'],
    ['too long an address', `https://example.org/${'a'.repeat(2000)}`],
  ])('%s is never opened', (_what, address) => expect(externalAddress(address)).toBeNull());
});
