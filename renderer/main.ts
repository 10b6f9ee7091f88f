import { mount } from 'svelte';
import './tokens.css';
import './base.css';
import App from './App.svelte';
import { openChannel } from './bridge.ts';
import { Entrance } from './state/entrance.svelte.ts';

const target = document.getElementById('app');
if (!target) throw new Error('The page has no place for the screen.');

const entrance = new Entrance();
mount(App, { target, props: { channel: openChannel(() => (entrance.refused = true)), entrance } });
