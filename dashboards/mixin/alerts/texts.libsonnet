// Pieces of annotations: Go templates, which Prometheus expands.
function(config)
  // What tells endpoints apart; a label that an endpoint has not is empty, and matches as such.
  local labels = ['job', 'instance', 'target', 'address', 'key_type', 'tls_version'];
  local matchers = std.join(',', std.mapWithIndex(function(i, label) '%s=%%[%d]q' % [label, i + 1], labels));
  local given(label, text) = '{{ with $labels.' + label + ' }}' + text + '{{ end }}';

  // A query about the endpoint of the alert; <> in the expression stands for its matchers.
  local ask(expression) =
    'printf `' + std.strReplace(expression, '<>', matchers) + '` '
    + std.join(' ', ['$labels.' + label for label in labels]) + ' | query';
  local silent = 'ocsp_staple:exporter:silent{job=%[1]q,instance=%[2]q}';
  local past(expression, why) = '{{ with ' + ask(expression) + ' }} This is what was last known: ' + why + '.{{ end }}';

  // Locals are worked out once, fields at each use.
  local held = past(
    silent + ' or on () ocsp_staple_probe_success{<>} == 0',
    'since then the exporter is silent or the host cannot be probed'
  );
  local heldBySilence = past(silent, 'since then the exporter is silent');

  // The target in the exporter's list. At /probe, where instance and target are the same, there is no list.
  local exporterUrl =
    '{{ if ne $labels.instance $labels.target }}'
    + (if config.exporterUrl == '' then 'http://{{ $labels.instance }}' else config.exporterUrl)
    + '/?q={{ $labels.target | urlquery }}'
    + std.join('', [given(label, '&label=' + label + '%3D{{ . | urlquery }}') for label in labels[3:]])
    + '{{ end }}';

  local anyExporter =
    'http://{{ with query "ocsp_staple_exporter_build_info" }}'
    + '{{ . | sortByLabel "instance" | first | label "instance" }}{{ else }}localhost:10627{{ end }}';
  local runbooks =
    if config.runbookBaseUrl != '' then config.runbookBaseUrl
    else (if config.exporterUrl == '' then anyExporter else config.exporterUrl) + '/runbooks';

  {
    duration: '{{ humanizeDuration $value }}',

    // The value of an expression with text before it; nothing where it has none.
    valueOf(expression, before, format)::
      '{{ with ' + ask(expression) + ' }}' + before + '{{ . | first | value | ' + format + ' }}{{ end }}',

    // The reasons that a series gives, or gave when it was last known.
    reasons(series)::
      '{{ range $i, $sample := ' + ask(series + ' or on () last_over_time(' + series + '[1h])')
      + ' | sortByLabel "reason" }}{{ if $i }}, {{ end }}{{ $sample.Labels.reason }}'
      + '{{ else }}not known any more{{ end }}',

    // Why an alert may tell of the past.
    held: held,
    heldBySilence: heldBySilence,

    // Which endpoint it is about: `www.example.com:443 at 192.0.2.1 (ecdsa) with TLS 1.3`.
    who: '{{ $labels.target }}'
         + given('address', ' at {{ . }}') + given('key_type', ' ({{ . }})') + given('tls_version', ' with TLS {{ . }}'),

    check: ' Begin with: ocsp-staple-exporter check {{ $labels.target }}'
           + given('address', ' --address {{ . }}') + given('key_type', ' --key-type {{ . }}')
           + given('tls_version', ' --tls-version {{ . }}'),

    exporterUrl: exporterUrl,

    runbookUrl(name):: runbooks + '/' + name,

    dashboardUrl(uid, label)::
      config.grafanaUrl + '/d/' + uid + '?var-' + label + '={{ $labels.' + label + ' | urlquery }}',
  }
