// What Grafana's core registers at its start: options of fields, and transformations.
import { FieldConfigOptionsRegistry, standardTransformers, standardTransformersRegistry } from '@grafana/data';

const STANDARD = ['unit', 'min', 'max', 'decimals', 'displayName', 'color', 'mappings', 'thresholds', 'links', 'noValue'];
const CUSTOM = ['width', 'cellOptions', 'fillBelowTo', 'fillOpacity', 'lineWidth'];

const asWritten = (value) => value;
const option = (path, id, isCustom) => ({
  id,
  path,
  name: path,
  isCustom,
  process: asWritten,
  override: asWritten,
  shouldApply: () => true,
  getItemsCount: () => 1,
  settings: {},
});

export const fieldOptions = new FieldConfigOptionsRegistry(() => [
  ...STANDARD.map((path) => option(path, path, false)),
  ...CUSTOM.map((path) => option(path, `custom.${path}`, true)),
]);

const transformers = new Map(Object.values(standardTransformers).map((one) => [one.id, one])); // some are listed twice
standardTransformersRegistry.setInit(() =>
  [...transformers.values()].map((transformation) => ({
    id: transformation.id,
    name: transformation.name,
    transformation,
    editor: () => null,
  })),
);
