/** Made by build/world.ts: where a file of countries is, a topology whose object `countries` has alpha-2 codes as ids. */
declare module 'world:110m' {
  const url: string;
  export default url;
}
declare module 'world:50m' {
  const url: string;
  export default url;
}
