import { describe, expect, it } from 'vitest';
import { builtScreenUrl, isOwnUrl } from '../../../electron/main/app-origin.ts';

describe('isOwnUrl', () => {
  it.each(['app://viaduct/', 'app://viaduct/index.html?x=1#y', 'APP://viaduct/assets/a.js'])(
    'takes %s',
    (url) => {
      expect(isOwnUrl(url, builtScreenUrl)).toBe(true);
    },
  );

  it.each([
    'app://viaduct.evil/',
    'app://other/',
    'app://user@viaduct/',
    'app://viaduct:1/',
    'https://viaduct/',
    'file:///viaduct/',
    'data:text/html,app://viaduct/',
    'about:blank',
    'viaduct',
    '',
  ])('refuses %s', (url) => {
    expect(isOwnUrl(url, builtScreenUrl)).toBe(false);
  });

  it('tells the development server from its neighbours', () => {
    expect(isOwnUrl('http://localhost:5173/x', 'http://localhost:5173')).toBe(true);
    expect(isOwnUrl('http://localhost:5174/', 'http://localhost:5173')).toBe(false);
  });
});
