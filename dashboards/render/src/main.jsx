// index.html?dashboard=UID&prometheus=URL[&hours=24][&var-NAME=VALUE...]: the panels of a dashboard, without Grafana
// around them. The document's title says `done` when everything is drawn.
import { applyFieldOverrides, createTheme, ThemeContext, transformDataFrame } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles } from '@grafana/ui';
import { useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { lastValueFrom } from 'rxjs';
import { Visualization } from './panels';
import { ask, frames, interpolate } from './prometheus';
import { fieldOptions } from './registry';

const asked = new URLSearchParams(location.search);
const theme = createTheme({ colors: { mode: asked.get('theme') ?? 'dark' } });
const WIDTH = 1600;
const COLUMN = (WIDTH - 16) / 24;
const ROW = 38;

async function load() {
  await initPluginTranslations('grafana').catch(() => {}); // there are no translations; English is built in
  const dashboard = await (await fetch(`./dashboards/${asked.get('dashboard')}.json`)).json();
  const to = Date.now();
  const range = { from: to - Number(asked.get('hours') ?? 24) * 3600e3, to };
  const variables = Object.fromEntries(dashboard.templating.list.map((one) => [one.name, chosen(one)]));
  const texts = Object.fromEntries(dashboard.templating.list.map((one) => [one.name, one.current?.text]));
  const panels = await Promise.all(
    dashboard.panels.map(async (panel) => ({ panel, title: title(panel, variables, texts), ...(await fill(panel, variables, range)) })),
  );
  return { dashboard, range, panels };
}

function chosen({ name, current, allValue }) {
  const value = asked.get(`var-${name}`) ?? [current?.value ?? '$__all'].flat()[0];
  return value === '$__all' ? (allValue ?? '.+') : value;
}

function title(panel, variables, texts) {
  return interpolate(panel.title.replace(/\$\{(\w+):text\}/g, (_, name) => texts[name]), variables);
}

async function fill(panel, variables, range) {
  if (panel.type === 'row') return {};
  const resolved = (part) => JSON.parse(interpolate(JSON.stringify(part), variables));
  const fieldConfig = { overrides: [], ...resolved(panel.fieldConfig) };
  const answers = await Promise.all(panel.targets.map((query) => ask(asked.get('prometheus'), query, variables, range)));
  const changes = resolved(panel.transformations ?? []);
  const made = await lastValueFrom(transformDataFrame(changes, frames(answers), { interpolate: (text) => text }));
  const data = applyFieldOverrides({
    data: made,
    fieldConfig,
    fieldConfigRegistry: fieldOptions,
    replaceVariables: (text) => text,
    theme,
    timeZone: 'utc',
  });
  for (const { fields } of data) {
    for (const { config } of fields) config.custom = { ...fieldConfig.defaults.custom, ...config.custom };
  }
  return { frames: data, fieldConfig };
}

function Panel({ panel, title, frames, fieldConfig, range }) {
  const { x, y, w, h } = panel.gridPos;
  const place = { position: 'absolute', left: 8 + x * COLUMN, top: y * ROW, width: w * COLUMN - 8, height: h * ROW - 8 };
  if (panel.type === 'row') return <div style={{ ...place, paddingTop: 6, fontWeight: 500 }}>⌄ {title}</div>;
  const [width, height] = [place.width - 18, place.height - 42];
  const look = { background: theme.colors.background.primary, border: `1px solid ${theme.colors.border.weak}`, overflow: 'hidden' };
  const empty = !frames.some(({ length }) => length);
  return (
    <section style={{ ...place, ...look }}>
      <div style={{ padding: '6px 8px', fontWeight: 500 }}>{title}</div>
      <div style={{ padding: '0 8px', height }}>
        {empty ? (
          <div style={{ display: 'grid', placeItems: 'center', height, opacity: 0.6 }}>{fieldConfig.defaults.noValue ?? 'No data'}</div>
        ) : (
          <Visualization {...{ panel, frames, fieldConfig, width, height, theme, range }} />
        )}
      </div>
    </section>
  );
}

function Page() {
  const [loaded, show] = useState();
  useEffect(() => void load().then(show, (error) => { console.error(error); document.title = 'failed'; }), []);
  useEffect(() => { if (loaded) setTimeout(() => { document.title = 'done'; }, 1500); }, [loaded]); // charts draw later
  if (!loaded) return null;
  const { dashboard, range, panels } = loaded;
  const rows = Math.max(...panels.map(({ panel: { gridPos } }) => gridPos.y + gridPos.h));
  const look = { background: theme.colors.background.canvas, color: theme.colors.text.primary };
  return (
    <div style={{ position: 'relative', width: WIDTH, height: rows * ROW + 56, ...look }}>
      <div style={{ padding: '12px 16px', fontSize: 16, fontWeight: 500 }}>{dashboard.title}</div>
      <div style={{ position: 'absolute', top: 48 }}>
        {panels.map((one) => <Panel key={one.panel.id} {...one} range={range} />)}
      </div>
    </div>
  );
}

createRoot(document.getElementById('root')).render(
  <ThemeContext.Provider value={theme}>
    <GlobalStyles />
    <Page />
  </ThemeContext.Provider>,
);
