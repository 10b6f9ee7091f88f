/** `@peculiar/x509`, which needs the polyfill before it is loaded. */
import 'reflect-metadata';
export * as x509 from '@peculiar/x509';
