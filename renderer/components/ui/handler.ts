/** What a control calls with its new value. */
export type Handler<Value> = (value: Value) => void;

/** What a control asks for; tells whether it was taken. */
export type Request<Value> = (value: Value) => Promise<boolean>;
