/** Path of the drawing worker's script, put in by build.mjs. */
declare const RENDER_WORKER: string;
declare module '*.css';
