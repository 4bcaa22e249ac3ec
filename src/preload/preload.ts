import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { ipcBridge } from './ipc-bridge.ts';

/** The window's only door to the application: the call table and its events, no Node and no Electron object. */
contextBridge.exposeInMainWorld(
  'microbatch',
  ipcBridge(ipcRenderer, (file) => webUtils.getPathForFile(file)),
);
