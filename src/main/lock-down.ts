import { app, shell } from 'electron';
import type { Session, WebContents } from 'electron';
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
export function denyNavigation(ownAddress: string): void {
  app.on('web-contents-created', (_event, contents) => holdAtHome(contents, ownAddress));
}

function holdAtHome(contents: WebContents, ownAddress: string): void {
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

/** The one door to the system's browser. Returns whether the address was one to open. */
export function openExternal(url: string): boolean {
  const address = externalAddress(url);
  if (address === null) return false;
  void shell.openExternal(address);
  return true;
}
