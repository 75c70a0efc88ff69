/** Paths of the workers' scripts, put in by build.mjs. */
declare const RENDER_WORKER: string;
declare const MEDIA_WORKER: string;
declare module '*.css';
