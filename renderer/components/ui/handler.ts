/** What a control calls with its new value. */
export type Handler<Value> = (value: Value) => void;
