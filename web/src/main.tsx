import './styles/index.css';
import { render } from 'preact';
import { startRouter } from './app/router';
import { startSaving } from './app/saving';
import { startSession } from './app/session';
import { startTheme } from './app/theme';
import { App } from './app/app';

startTheme();
startRouter();
startSaving();
void startSession();
render(<App />, document.getElementById('app')!);
