// One panel, drawn by Grafana's own components.
import { dateTime, getDisplayValueAlignmentFactors, getFieldDisplayName, getFieldDisplayValues } from '@grafana/data';
import { BarGauge, BigValue, Table, TimeSeries, VizRepeater } from '@grafana/ui';

const asWritten = (text) => text;

export function Visualization(props) {
  switch (props.panel.type) {
    case 'stat':
    case 'bargauge':
      return <Values {...props} />;
    case 'timeseries':
      return <Lines {...props} />;
    case 'table':
      return <Rows {...props} />;
    default:
      return <Timeline {...props} />;
  }
}

function Values({ panel, frames, fieldConfig, width, height, theme }) {
  const { options } = panel;
  const reduceOptions = { calcs: ['lastNotNull'], values: false, ...options.reduceOptions };
  const source = { fieldConfig, reduceOptions, replaceVariables: asWritten, theme, data: frames, timeZone: 'utc' };
  const values = getFieldDisplayValues(source);
  const big = panel.type === 'stat';
  const draw = ({ value, width, height, alignmentFactors }) => {
    const common = { value: value.display, width, height, theme, alignmentFactors };
    if (big) return <BigValue {...common} {...options} count={values.length} />;
    const display = value.view?.getFieldDisplayProcessor(value.colIndex);
    return <BarGauge {...common} {...options} field={value.field} display={display} valueDisplayMode={options.valueMode} itemSpacing={8} />;
  };
  return (
    <VizRepeater
      getValues={() => values}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      renderValue={draw}
      width={width}
      height={height}
      source={frames}
      autoGrid={big}
      orientation={big ? 'auto' : 'horizontal'}
      itemSpacing={8}
      minVizHeight={options.minVizHeight}
      maxVizHeight={options.maxVizHeight}
      renderCounter={0}
    />
  );
}

const LINE = {
  drawStyle: 'line',
  lineInterpolation: 'linear',
  axisPlacement: 'auto',
  scaleDistribution: { type: 'linear' },
  hideFrom: { viz: false, legend: false, tooltip: false },
};

function Lines({ panel, frames, width, height, theme, range }) {
  for (const { fields } of frames) {
    for (const { config } of fields) config.custom = { ...LINE, ...config.custom };
  }
  const common = { frames, width, height, theme, timeRange: timeRange(range), timeZone: 'utc' };
  return <TimeSeries {...common} legend={panel.options.legend} options={panel.options} />;
}

function Rows({ panel, frames, fieldConfig, width, height, range }) {
  const { sortBy, cellHeight } = panel.options;
  const common = { data: frames[0], width, height, fieldConfig, cellHeight, timeRange: timeRange(range) };
  return <Table {...common} initialSortBy={sortBy} />;
}

function timeRange(range) {
  const [from, to] = [dateTime(range.from), dateTime(range.to)];
  return { from, to, raw: { from, to } };
}

const NAMES = 150;

/** A stand-in: Grafana draws state timelines in its core only. Same data, same colours, other shapes. */
function Timeline({ frames, width, height, theme, range }) {
  const row = Math.min(30, height / frames.length);
  const place = (time) => NAMES + ((width - NAMES) * (time - range.from)) / (range.to - range.from);
  return (
    <svg width={width} height={height} fontSize={Math.min(12, row - 3)} fill={theme.colors.text.primary}>
      {frames.map((frame, index) => (
        <g key={index} transform={`translate(0 ${index * row})`} dominantBaseline="central">
          <text x={NAMES - 8} y={row / 2} textAnchor="end">{getFieldDisplayName(frame.fields[1], frame, frames)}</text>
          {spells(frame).map(({ value, begin, end }) => (
            <Spell key={begin} {...frame.fields[1].display(value)} left={place(begin)} right={place(end)} row={row} />
          ))}
        </g>
      ))}
    </svg>
  );
}

function Spell({ text, color, left, right, row }) {
  return (
    <>
      <rect x={left} y={1} width={Math.max(1, right - left)} height={row - 2} fill={color} fillOpacity={0.85} />
      {right - left > 60 && <text x={left + 4} y={row / 2} fill="#fff">{text}</text>}
    </>
  );
}

/** Equal values after each other, as one. */
function spells({ fields: [time, values] }) {
  const found = [];
  values.values.forEach((value, index) => {
    if (value === null) return;
    const begin = time.values[index];
    const end = time.values[index + 1] ?? begin + time.config.interval;
    const last = found.at(-1);
    if (last?.value === value && last.end === begin) last.end = end;
    else found.push({ value, begin, end });
  });
  return found;
}
