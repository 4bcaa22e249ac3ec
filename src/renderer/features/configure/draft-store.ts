import { defineStore } from 'pinia';
import { computed, ref, shallowRef, watch } from 'vue';
import { methods } from '../../../contracts/methods.ts';
import type { MethodId } from '../../../contracts/methods.ts';
import type { RunSpec } from '../../../contracts/run-spec.ts';
import { useCatalogue } from '../../stores/catalogue.ts';
import { useSession } from '../../stores/session.ts';
import {
  applyChanges,
  chooseMethod,
  chooseVariant,
  methodOf,
  setPresence,
  specFields,
  specOrder,
  startDraft,
} from './draft/draft.ts';
import type { Change, Draft } from './draft/draft.ts';
import { examine } from './draft/examine.ts';
import type { Finding } from './draft/findings.ts';
import { record, redo, startHistory, undo } from './draft/history.ts';
import type { History } from './draft/history.ts';
import { readSpecText, writeSpecText } from './draft/spec-text.ts';
import type { Row } from './fields/field-rows.ts';
import { initialOf } from './fields/field-rows.ts';
import { changedPaths, isJsonList, pathKey, toJsonObject, valueAt } from './fields/json.ts';
import type { Json, JsonObject, Path } from './fields/json.ts';
import { sectionsOf } from './form/sections.ts';

/** Characters of a line in the text view. */
const textWidth = 66;
/** A mean without a spread says little: a new form asks for three seeds. */
const startSeeds: readonly number[] = [1, 2, 3];

/** The spec that is being written. It outlives the screen, so that a look at the runs loses nothing. */
export const useDraft = defineStore('draft', () => {
  const catalogue = useCatalogue();
  const session = useSession();
  /** What "settings changed" is counted from. */
  const origin = shallowRef<{ readonly label: string; readonly preset: string | null; readonly document: JsonObject }>({
    label: '',
    preset: null,
    document: {},
  });
  const history = shallowRef<History<Draft>>(startHistory(startDraft({})));
  const view = ref<'form' | 'text'>('form');

  const draft = computed(() => history.value.present);
  const document = computed(() => draft.value.document);
  const method = computed(() => methodOf(document.value));
  const examples = computed(() =>
    catalogue.presets.filter(({ incomplete }) => incomplete !== true).map(({ spec }) => toJsonObject(spec)),
  );
  const surroundings = computed(() => ({
    datasets: catalogue.datasets,
    cores: catalogue.host?.machine.cores ?? null,
    examples: examples.value,
  }));
  const examination = computed(() => examine(document.value, surroundings.value));
  /** What the host found against the present settings when it worked out the plan. */
  const refusal = shallowRef<Finding | null>(null);
  const findings = computed(() => [...examination.value.findings, ...(refusal.value === null ? [] : [refusal.value])]);
  const sections = computed(() => sectionsOf(specFields, document.value, method.value));
  const rows = computed(() => sections.value.flatMap((section) => section.rows));
  const changed = computed(() => changedPaths(origin.value.document, document.value));

  const text = computed(() => draft.value.text ?? writeSpecText(document.value, specOrder, textWidth));
  const textProblems = computed(() => {
    const read = draft.value.text === null ? null : readSpecText(draft.value.text);
    return read !== null && 'problems' in read ? read.problems : [];
  });

  function put(next: Draft, typingIn: string | null = null): void {
    history.value = record(history.value, next, typingIn, Date.now());
  }

  function startFrom(spec: RunSpec, from: { readonly label: string; readonly preset: string | null }): void {
    const started = { ...toJsonObject(spec), seed: startSeeds };
    origin.value = { ...from, document: started };
    put({ ...startDraft(started), remembered: draft.value.remembered });
  }

  /** A spec out of a file; one that cannot be read is shown as text, with what is wrong with it. */
  function startFromText(typed: string, label: string): void {
    const read = readSpecText(typed);
    const started = 'document' in read ? read.document : {};
    origin.value = { label, preset: null, document: started };
    put({ ...startDraft(started), remembered: draft.value.remembered });
    if ('document' in read) return;
    view.value = 'text';
    editText(typed);
  }

  /** A preset with the executor and the threads that the user's settings ask for. */
  const asPreferred = (spec: RunSpec): RunSpec => ({
    ...spec,
    executor: session.settings.executor ?? spec.executor,
    threads: session.settings.threads ?? spec.threads,
  });

  function choosePreset(name: string): void {
    const preset = catalogue.presets.find((candidate) => candidate.name === name);
    if (preset !== undefined) startFrom(asPreferred(preset.spec), { label: preset.label, preset: preset.name });
  }

  // The first preset of a penalty: the method that this laboratory is about, with all its settings.
  watch(
    () => (session.loaded ? catalogue.presets : []),
    (presets) => {
      if (origin.value.label !== '' || presets.length === 0) return;
      const first =
        presets.find(({ spec }) => methods.find(({ id }) => id === spec.method)?.family === 'penalty') ?? presets[0];
      if (first === undefined) return;
      choosePreset(first.name);
      history.value = startHistory(history.value.present);
    },
    { immediate: true },
  );

  const change = (path: Path, value: Json | undefined, typing = false): void =>
    put(applyChanges(draft.value, [{ path, value }]), typing ? pathKey(path) : null);
  const applyAll = (changes: readonly Change[]): void => put(applyChanges(draft.value, changes));

  function setMethod(id: MethodId): void {
    const chosen = methods.find((candidate) => candidate.id === id);
    if (chosen !== undefined) put(chooseMethod(draft.value, chosen, examples.value));
  }

  function setVariant({ path, field, control }: Row, index: number): void {
    const node = control.kind === 'variants' ? control.node : control.kind === 'numberForm' ? control.forms : null;
    if (node === null) return;
    if (index < 0) put(setPresence(draft.value, { path, field, present: false }, examples.value));
    else put(chooseVariant(draft.value, { path, node, index }, examples.value));
  }

  const setPresent = ({ path, field }: Row, present: boolean): void =>
    put(setPresence(draft.value, { path, field, present }, examples.value));

  function addEntry({ path, control }: Row): void {
    if (control.kind !== 'items') return;
    const entries = valueAt(document.value, path);
    const added = initialOf(control.element.node);
    change(path, [...(isJsonList(entries) ? entries : []), added]);
  }

  /** The text is kept as it was typed; the form follows as long as it can be read. */
  function editText(typed: string): void {
    const read = readSpecText(typed);
    const next = 'document' in read ? { ...draft.value, document: read.document } : draft.value;
    put({ ...next, text: typed }, 'text');
  }

  return {
    origin,
    view,
    document,
    method,
    examination,
    refusal,
    findings,
    sections,
    rows,
    changed,
    text,
    textProblems,
    canUndo: computed(() => history.value.past.length > 0),
    canRedo: computed(() => history.value.future.length > 0),
    undo: (): void => {
      history.value = undo(history.value);
    },
    redo: (): void => {
      history.value = redo(history.value);
    },
    startFrom,
    startFromText,
    choosePreset,
    change,
    applyAll,
    setMethod,
    setVariant,
    setPresent,
    addEntry,
    editText,
  };
});
