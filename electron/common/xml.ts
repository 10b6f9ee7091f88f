import { DOMParser, XMLSerializer, type Document, type Element, type Node } from '@xmldom/xmldom';
import { ViaductError } from './errors.ts';

/** An element of a parsed document; its `ownerDocument` is the document. */
export type XmlElement = Element;

/** The text is not XML that Viaduct accepts. Code `xml-invalid`. */
export class XmlError extends ViaductError {
  constructor(message: string, cause?: unknown) {
    super('xml-invalid', message, { cause });
  }
}

/** Twice the largest capabilities document seen; a megabyte takes the parser about a second. */
const defaultMaxChars = 2_000_000;

/**
 * The root element of `text`, which must be called `rootName`.
 *
 * Meant for documents that come from hosts: a document type declaration (and with it every entity of the
 * document's own) is refused, and so is anything that the parser would have to repair.
 *
 * @throws {XmlError} too long, not well-formed, with a document type, or of another kind.
 */
export function parseXml(text: string, rootName: string, options: { maxChars?: number } = {}): XmlElement {
  const maxChars = options.maxChars ?? defaultMaxChars;
  if (text.length > maxChars) {
    throw new XmlError(`The <${rootName}> document is longer than the limit of ${maxChars} characters.`);
  }
  const document = parseDocument(text, rootName);
  if (document.doctype !== null) {
    throw new XmlError(`The <${rootName}> document has a document type declaration, which is not accepted.`);
  }
  const root = document.documentElement;
  if (root?.nodeName !== rootName) {
    throw new XmlError(`Expected a <${rootName}> document, got <${root?.nodeName ?? ''}>.`);
  }
  return root;
}

function parseDocument(text: string, rootName: string): Document {
  const parser = new DOMParser({
    locator: false,
    onError: (level, message) => {
      throw new XmlError(`${level}: ${message}`);
    },
  });
  try {
    return parser.parseFromString(text, 'text/xml');
  } catch (cause) {
    throw new XmlError(`The <${rootName}> document is not well-formed XML.`, cause);
  }
}

/**
 * All elements that `path` leads to, in document order: names separated by `/`, each one level down, `*` for
 * any name. Prefixes are part of the name, as they are written in the document.
 *
 * `elements(domain, 'devices/disk')`
 */
export function elements(from: XmlElement, path: string): XmlElement[] {
  let level = [from];
  for (const name of path.split('/')) {
    level = level.flatMap((element) =>
      childElements(element).filter((child) => name === '*' || child.nodeName === name),
    );
  }
  return level;
}

/** The first element that `path` leads to. */
export function element(from: XmlElement, path: string): XmlElement | undefined {
  return elements(from, path)[0];
}

/** The text below the first element that `path` leads to (`''`: `from` itself), without space at its ends. */
export function text(from: XmlElement, path = ''): string | undefined {
  const found = path === '' ? from : element(from, path);
  return found?.textContent?.trim();
}

/** An attribute of the first element that `path` leads to (`''`: `from` itself); absent and empty differ. */
export function attribute(from: XmlElement, path: string, name: string): string | undefined {
  const found = path === '' ? from : element(from, path);
  return found?.getAttribute(name) ?? undefined;
}

/** The element and what is below it as XML text, for calls that take a part of a larger document. */
export function serializeXml(node: XmlElement): string {
  return new XMLSerializer().serializeToString(node);
}

function childElements(parent: Node): XmlElement[] {
  const found: XmlElement[] = [];
  for (let child = parent.firstChild; child !== null; child = child.nextSibling) {
    if (isElement(child)) found.push(child);
  }
  return found;
}

function isElement(node: Node): node is XmlElement {
  return node.nodeType === node.ELEMENT_NODE;
}
