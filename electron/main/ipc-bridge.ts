import { ipcMain, type IpcMainInvokeEvent, type WebContents } from 'electron';
import type { Backend, BackendClient } from '../ipc/backend.ts';
import type { Command, Reply } from '../ipc/contract.ts';
import { ipcChannels } from '../ipc/names.ts';
import { EventPacer } from '../shell/event-pacer.ts';
import { isOwnUrl } from './app-origin.ts';

const foreignSender: Reply<Command> = {
  ok: false,
  error: {
    code: 'foreign-sender',
    message: 'Only the screen of Viaduct may ask.',
    side: undefined,
    remedy: undefined,
  },
};

/** Whether a call comes from the top frame of our window while it shows our own page. */
function isFromScreen(event: IpcMainInvokeEvent, contents: WebContents, screenUrl: string): boolean {
  const frame = event.senderFrame;
  return (
    event.sender === contents && frame !== null && frame.parent === null && isOwnUrl(frame.url, screenUrl)
  );
}

/**
 * Connects one window with the backend: its calls in, with their sender checked, and events out to it. The backend
 * checks command and request. Ends with the window.
 */
export function bridgeIpc(backend: Backend, contents: WebContents, screenUrl: string): void {
  const pacer = new EventPacer({
    send: (event, payload) => {
      if (!contents.isDestroyed() && isOwnUrl(contents.getURL(), screenUrl)) {
        contents.send(ipcChannels.event, event, payload);
      }
    },
  });
  const attach = (): BackendClient => backend.attach((event, payload) => pacer.push(event, payload));
  let client = attach();
  ipcMain.handle(ipcChannels.call, (event, command: unknown, request: unknown) =>
    isFromScreen(event, contents, screenUrl) ? client.dispatch(command, request) : foreignSender,
  );
  // A page that is loaded anew knows nothing of what the one before had open.
  contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
    if (!isMainFrame || isSameDocument) return;
    client.detach();
    client = attach();
  });
  contents.once('destroyed', () => {
    client.detach();
    pacer.close();
    ipcMain.removeHandler(ipcChannels.call);
  });
}
