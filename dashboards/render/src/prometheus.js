// Asks Prometheus, and makes of its answers the data frames that Grafana's data source makes.
import { FieldType, toDataFrame } from '@grafana/data';

const POINTS = 700;
const SHORTEST_STEP = 15;

/** Puts in the values of variables; `${name}` and `$name`, any format. Unknown ones stay. */
export function interpolate(text, variables) {
  return text.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, (whole, braced, bare) => variables[braced ?? bare] ?? whole);
}

/** One query over `range` (milliseconds), or at its end. */
export async function ask(prometheus, query, variables, range) {
  const seconds = (range.to - range.from) / 1000;
  const step = Math.max(SHORTEST_STEP, Math.ceil(seconds / POINTS));
  const own = { __rate_interval: `${Math.max(60, step * 4)}s`, __interval: `${step}s`, __range: `${Math.round(seconds)}s` };
  const expression = interpolate(query.expr, { ...variables, ...own });
  const times = { start: range.from / 1000, end: range.to / 1000, step };
  const path = query.instant
    ? `query?${new URLSearchParams({ query: expression, time: range.to / 1000 })}`
    : `query_range?${new URLSearchParams({ query: expression, ...times })}`;
  const answer = await (await fetch(`${prometheus}/api/v1/${path}`)).json();
  if (answer.status !== 'success') throw new Error(`${answer.error}: ${expression}`);
  return { query, step, series: answer.data.result };
}

export function frames(answers) {
  const several = answers.length > 1;
  return answers.flatMap(({ query, step, series }) => {
    if (query.format === 'table') return series.length ? [table(query, series, several)] : [];
    return series.map((one) => line(query, one, step));
  });
}

function table(query, series, several) {
  const labels = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))];
  const columns = labels.map((name) => ({
    name,
    type: FieldType.string,
    values: series.map(({ metric }) => metric[name] ?? ''),
  }));
  return toDataFrame({
    refId: query.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: series.map(({ value }) => value[0] * 1000) },
      ...columns,
      {
        name: several ? `Value #${query.refId}` : 'Value',
        type: FieldType.number,
        values: series.map(({ value }) => Number(value[1])),
      },
    ],
  });
}

function line(query, { metric, values, value }, step) {
  const { __name__, ...labels } = metric;
  const legend = query.legendFormat.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => labels[name] ?? '');
  const name = legend || Object.values(labels).join(' ');
  const [times, numbers] = withGaps(values ?? [value], step);
  return toDataFrame({
    refId: query.refId,
    name,
    fields: [
      { name: 'Time', type: FieldType.time, values: times, config: { interval: step * 1000 } },
      { name: 'Value', type: FieldType.number, values: numbers, labels, config: { displayNameFromDS: name } },
    ],
  });
}

/** Milliseconds and numbers; a null where a sample is missing. */
function withGaps(samples, step) {
  const times = [];
  const numbers = [];
  samples.forEach(([time, number], index) => {
    const before = samples[index - 1]?.[0];
    if (before !== undefined && time - before > step * 1.5) {
      times.push((before + step) * 1000);
      numbers.push(null);
    }
    times.push(time * 1000);
    numbers.push(Number(number));
  });
  return [times, numbers];
}
