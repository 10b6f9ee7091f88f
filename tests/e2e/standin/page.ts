import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createCodec } from './codec.ts';
import type { DevTools } from './devtools.ts';
import { pageScript, type MainMessage, type PageMessage } from './page-script.ts';
import { toAppUrl, toBrowserUrl, type StandinProtocol } from './schemes.ts';

export interface PageOptions {
  preloadSource: string;
  width: number;
  height: number;
  protocol: StandinProtocol;
}

interface PausedRequest {
  requestId: string;
  frameId: string;
  resourceType: string;
  request: { url: string; method: string };
}

interface FrameEvent {
  frame: { id: string; parentId?: string; url: string };
}

const codec = createCodec();

/**
 * One tab of Chromium. Emits `message` for what its preload sends, `navigated`, `gone` when the tab has closed, and
 * asks `mayNavigate` before the page goes elsewhere by itself.
 */
export class Page extends EventEmitter<{ message: [PageMessage]; navigated: [string]; gone: [] }> {
  readonly targetId: string;
  mayNavigate: (url: string) => boolean = () => true;
  private readonly devtools: DevTools;
  private readonly session: string;
  private readonly protocol: StandinProtocol;
  private readonly names: { binding: string; deliver: string };
  private loadsAsked = 0;

  private constructor(devtools: DevTools, targetId: string, session: string, protocol: StandinProtocol) {
    super();
    this.devtools = devtools;
    this.targetId = targetId;
    this.session = session;
    this.protocol = protocol;
    const random = (): string => `_${randomBytes(16).toString('hex')}`;
    this.names = { binding: random(), deliver: random() };
  }

  static async open(devtools: DevTools, options: PageOptions): Promise<Page> {
    const { width, height, protocol } = options;
    const { targetId } = await devtools.send('Target.createTarget', {
      url: 'about:blank',
      newWindow: true,
      width,
      height,
    });
    const { sessionId } = await devtools.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(devtools, String(targetId), String(sessionId), protocol);
    await page.prepare(options.preloadSource);
    return page;
  }

  async load(url: string): Promise<void> {
    const loaded = new Promise<void>((resolve) => {
      this.devtools.on(this.session, 'Page.loadEventFired', () => resolve());
    });
    this.loadsAsked += 1;
    const { errorText } = await this.send('Page.navigate', { url: toBrowserUrl(url) });
    if (typeof errorText === 'string') throw new Error(`${errorText} loading '${url}'`);
    await loaded;
  }

  async reload(): Promise<void> {
    this.loadsAsked += 1;
    await this.send('Page.reload');
  }

  deliver(message: MainMessage): void {
    const text = JSON.stringify(codec.encode(message));
    // A page that is being replaced loses what was under way to it, in Electron too.
    this.send('Runtime.evaluate', { expression: `globalThis.${this.names.deliver}(${text})` }).catch(
      () => undefined,
    );
  }

  async close(): Promise<void> {
    await this.devtools.send('Target.closeTarget', { targetId: this.targetId });
  }

  private send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.devtools.send(method, params, this.session);
  }

  private async prepare(preloadSource: string): Promise<void> {
    const on = this.devtools.on.bind(this.devtools, this.session);
    on('Runtime.bindingCalled', ({ name, payload }) => {
      if (name === this.names.binding) this.emit('message', codec.decode(String(payload)) as PageMessage);
    });
    on('Page.frameNavigated', (params) => {
      const { frame } = params as unknown as FrameEvent;
      if (frame.parentId === undefined) this.emit('navigated', toAppUrl(frame.url));
    });
    on('Fetch.requestPaused', (params) => void this.answer(params as unknown as PausedRequest));
    on('Inspector.detached', () => this.emit('gone'));
    await Promise.all([
      this.send('Page.enable'),
      this.send('Runtime.enable'),
      this.send('Runtime.addBinding', { name: this.names.binding }),
      this.send('Page.addScriptToEvaluateOnNewDocument', { source: pageScript(this.names, preloadSource) }),
      this.send('Fetch.enable', {
        patterns: [
          { urlPattern: 'https://*.standin.invalid/*' },
          { urlPattern: '*', resourceType: 'Document' },
        ],
      }),
    ]);
  }

  private async answer({ requestId, resourceType, request }: PausedRequest): Promise<void> {
    const url = toAppUrl(request.url);
    if (resourceType === 'Document') {
      if (this.loadsAsked > 0) this.loadsAsked -= 1;
      else if (!this.mayNavigate(url)) {
        await this.send('Fetch.failRequest', { requestId, errorReason: 'Aborted' });
        return;
      }
    }
    if (url === request.url) {
      await this.send('Fetch.continueRequest', { requestId });
      return;
    }
    const response = await this.protocol.answer(url, request.method);
    await this.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: response.status,
      responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    });
  }
}
