import { app, shell } from 'electron';
import type { Session, WebContents } from 'electron';
import type { Policy } from '../lab/policy.ts';
import { externalAddress, isOwnPage } from './addresses.ts';

const grantedPermissions: readonly string[] = ['clipboard-sanitized-write', 'notifications'];

/** Pages get no camera, no location, no device: only the clipboard (to write) and notifications, and only our own pages. */
export function denyPermissions(session: Session, ownAddress: string): void {
  const granted = (permission: string, page: string): boolean =>
    grantedPermissions.includes(permission) && isOwnPage(page, ownAddress);
  session.setPermissionRequestHandler((_contents, permission, decide, details) =>
    decide(granted(permission, details.requestingUrl)),
  );
  session.setPermissionCheckHandler((_contents, permission, origin) => granted(permission, origin));
  session.setDevicePermissionHandler(() => false);
}

/**
 * Whatever page comes into being stays on the application's own address, opens no window and holds no webview.
 * Links to the web go to the system's browser.
 */
export function denyNavigation(ownAddress: string, openExternal: OpenExternal): void {
  app.on('web-contents-created', (_event, contents) => holdAtHome(contents, ownAddress, openExternal));
}

function holdAtHome(contents: WebContents, ownAddress: string, openExternal: OpenExternal): void {
  const stayHome = (event: { preventDefault(): void; readonly url: string }): void => {
    if (!isOwnPage(event.url, ownAddress)) event.preventDefault();
  };
  contents.on('will-navigate', stayHome);
  contents.on('will-redirect', stayHome);
  contents.on('will-frame-navigate', stayHome);
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    openExternal(url);
    return { action: 'deny' };
  });
}

/** Opens an address in the system's browser. Returns whether it was one to open. */
export type OpenExternal = (url: string) => boolean;

/** The one door to the system's browser, closed where the machine's policy allows no links. */
export function externalDoor({ externalLinks }: Pick<Policy, 'externalLinks'>): OpenExternal {
  return (url) => {
    const address = externalLinks ? externalAddress(url) : null;
    if (address === null) return false;
    void shell.openExternal(address);
    return true;
  };
}
