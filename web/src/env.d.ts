/// <reference types="vite/client" />
/** For lint only, which does not read single-file components; vue-tsc takes the component's own types. */
declare module "*.vue" {
  import type { DefineComponent } from "vue";
  const component: DefineComponent;
  export default component;
}
