/*
 * The page's policy allows no inline styles, and xterm makes two kinds: <style> elements whose text it sets, and style
 * attributes for colours outside its palette. Both can reach the page by ways that the policy leaves to scripts of the
 * page's own origin: constructed style sheets and the style object (CSP 3, section 8.4). So the policy stays as it is,
 * and the two kinds of element learn those ways. xterm's option `documentOverride` would be the narrower place, but
 * xterm 6.0 asks the page's own document for some of them all the same.
 */

type Create = (name: string, options?: ElementCreationOptions) => HTMLElement;

/** Stands in for a <style> element: its text goes into a constructed sheet for as long as it is not removed. */
function styleElement(document: Document, create: Create): HTMLElement {
  const element = create('span');
  element.hidden = true;
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  Object.defineProperty(element, 'textContent', { set: (text: string) => sheet.replaceSync(text) });
  element.remove = () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
    Element.prototype.remove.call(element);
  };
  return element;
}

/** A <span> whose style attribute is set through its style object. */
function spanElement(create: Create): HTMLElement {
  const element = create('span');
  element.setAttribute = (name: string, value: string) => {
    if (name === 'style') element.style.cssText = value;
    else Element.prototype.setAttribute.call(element, name, value);
  };
  return element;
}

/** From here on, styles that scripts write with `document`'s elements take effect under the policy. */
export function allowScriptedStyles(document: Document): void {
  if (Object.hasOwn(document, 'createElement')) return;
  const native: Create = Reflect.get<Document, 'createElement'>(document, 'createElement');
  const create: Create = (name, options) => Reflect.apply(native, document, [name, options]);
  const createElement: Create = (name, options) => {
    if (name === 'style') return styleElement(document, create);
    return name === 'span' ? spanElement(create) : create(name, options);
  };
  Object.defineProperty(document, 'createElement', { value: createElement });
}
