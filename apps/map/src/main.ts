import { LivePage } from './page/live-page.js';

new LivePage();
