/**
 * The packages of which something is in the page that is served, and so shipped. The build fails where there is another.
 */
export const PAGE_PACKAGES = ['d3-array', 'd3-geo', 'internmap', 'topojson-client', 'world-atlas'];
