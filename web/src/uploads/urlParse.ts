/** In place of the library that tus-js-client brings to resolve addresses: every browser of ours can do that. */
export default globalThis.URL;
