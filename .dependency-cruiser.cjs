/**
 * The rooms of the house (docs/architecture.md, 1) and what each may import. Every folder of src/ must be
 * listed: a new room without a rule is an error.
 */
const rooms = {
  contracts: [],
  statistics: [],
  pickle: [],
  engine: ['contracts'],
  data: ['contracts', 'engine', 'pickle'],
  library: ['contracts', 'engine', 'pickle'],
  runner: ['contracts', 'engine', 'data', 'library', 'statistics'],
  lab: ['contracts', 'library', 'data', 'statistics'],
  main: ['lab', 'library', 'contracts'],
  headless: ['lab', 'library', 'contracts'],
  preload: ['contracts', 'statistics'],
  renderer: ['contracts', 'statistics'],
};

/** Pure rooms: their code runs in any JavaScript engine, so no Node module either. */
const withoutNode = ['contracts', 'statistics', 'pickle', 'engine', 'preload', 'renderer'];

/** Tests start the parts beside them with real neighbours, so only product code is held to the layers. */
const productCode = { pathNot: '[.]test[.]ts$' };

const layerRules = Object.entries(rooms).map(([room, allowed]) => ({
  name: `layer-${room}`,
  comment: `${room} imports ${allowed.length === 0 ? 'nothing of ours' : `only ${allowed.join(', ')}`}.`,
  severity: 'error',
  from: { path: `^src/${room}/`, ...productCode },
  to: { path: '^src/', pathNot: `^src/(${[room, ...allowed].join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'room-without-rule',
      comment: 'Every file under src/ belongs to a room of the plan.',
      severity: 'error',
      from: { path: '^src/', pathNot: `^src/(${Object.keys(rooms).join('|')})/` },
      to: {},
    },
    {
      name: 'tests-stay-beside',
      comment: 'Product code never imports a test or its helpers.',
      severity: 'error',
      from: { path: '^src/', ...productCode },
      to: { path: '([.]test[.]ts$|^test/|^bench/|^scripts/)' },
    },
    {
      name: 'electron-only-at-the-edge',
      comment: 'Only main/ and preload/ import electron.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(main|preload)/' },
      to: { path: '(^electron(/|$)|node_modules/electron(-store)?/)' },
    },
    {
      name: 'tensor-libraries-only-in-executors',
      comment: 'Only engine/executors imports TensorFlow.js or ONNX Runtime.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/executors/' },
      to: { path: 'node_modules/(@tensorflow|onnxruntime-)' },
    },
    {
      name: 'onnxruntime-without-reports',
      comment: 'ONNX Runtime is imported where its reports to its maker are turned off, and nowhere else.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/engine/executors/onnx/onnxruntime[.]ts$' },
      to: { path: 'node_modules/onnxruntime-' },
    },
    {
      name: 'pure-rooms-without-node',
      comment: 'Numerics, contracts and the window know no Node module; only executors/ does.',
      severity: 'error',
      from: { path: `^src/(${withoutNode.join('|')})/`, pathNot: '(^src/engine/executors/|[.]test[.]ts$)' },
      to: { dependencyTypes: ['core'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      comment: 'Every import resolves.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '[?](url|raw|asset|modulePath)$' },
    },
    {
      name: 'no-undeclared-package',
      comment: 'Every package used is in package.json.',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-development-package-in-node-code',
      comment: 'Only the window is bundled; everything else runs with the production dependencies.',
      severity: 'error',
      from: { path: '^src/', pathNot: '(^src/renderer/|[.]test[.]ts$)' },
      to: {
        dependencyTypes: ['npm-dev'],
        dependencyTypesNot: ['type-only'],
        pathNot: 'node_modules/(electron|@types)/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.vue', '.js', '.cjs', '.mjs', '.json', '.d.ts'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
