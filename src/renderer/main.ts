import './without-eval.ts';
import './styles/index.css';

// A chunk of its own: no schema may be made before the first line above has run, whatever order a bundler finds.
void import('./start.ts');
