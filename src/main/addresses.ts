/** Scheme and host of the application's own pages. */
export const applicationScheme = 'app';
export const applicationHost = 'microbatch';
export const applicationAddress = `${applicationScheme}://${applicationHost}/`;

/**
 * Whether an address is a page of the application itself: same scheme and same host with its port, no user name.
 * `own` is `applicationAddress`, or the development server's address while one is used.
 */
export function isOwnPage(address: string, own: string): boolean {
  const page = parseAddress(address);
  const home = parseAddress(own);
  if (page === null || home === null) return false;
  return page.protocol === home.protocol && page.host === home.host && page.username === '' && page.password === '';
}

const longestAddress = 2000;

/**
 * The address to hand to the system's browser, normalised, or null where it must not be opened: anything but
 * http and https, and anything with a user name, which disguises the host.
 */
export function externalAddress(address: string): string | null {
  if (address.length > longestAddress) return null;
  const url = parseAddress(address);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  if (url.username !== '' || url.password !== '' || url.hostname === '') return null;
  return url.href;
}

function parseAddress(address: string): URL | null {
  return URL.canParse(address) ? new URL(address) : null;
}
