/** Set by `npm run proofs`: everything is gone through, where `npm test` takes a sample. */
export const isLongRun = process.env['VIADUCT_PROOFS'] === 'all';
