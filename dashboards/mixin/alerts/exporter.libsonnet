// Alerts about the exporter itself.
function(config)
  local q = (import '../series.libsonnet')(config);
  local who = '{{ with $labels.instance }} {{ . }}{{ end }}{{ with $labels.job }} (job {{ . }}){{ end }}';
  [
    {
      name: 'OCSPStapleExporterDown',
      expr: |||
        %s == 0
        or
        max by (job) (%s) == 0
        or
        absent(%s)
      ||| % [q.up('target=""'), q.up('target!=""'), q.up()],
      summary: 'Prometheus gets nothing from the exporter of OCSP staples.',
      description:
        'Prometheus gets nothing from the OCSP staple exporter' + who + ': it is down, cannot be reached, '
        + 'or no scrape job matches %s. ' % config.upSelector
        + 'Nobody watches the staples; alerts that fire are kept as they were, new faults go unseen. '
        + 'Begin with: systemctl status ocsp-staple-exporter, and the page Status > Targets of Prometheus',
    },
    {
      name: 'OCSPStapleTargetsMissing',
      expr: |||
        (
          sum by (job) (%(targets)s) < %(left)g * sum by (job) (%(targets)s offset 1h)
          unless on (job) %(up)s == 0
        )
        or
        (%(targets)s == 0 unless on () group(%(probes)s))
        or
        (%(up)s * 0 unless on (job, instance) %(targets)s unless on (job, instance) %(up)s == 0)
      ||| % {
        targets: q.series('exporter_targets'),
        left: config.targetsLeft,
        up: q.up('target=""'),
        probes: q.up('target!=""'),
      },
      summary: 'The exporter watches no targets, or far fewer than an hour ago.',
      description:
        'The OCSP staple exporter' + who + ' is up, and the number of targets that it watches is {{ $value }}: none, or far fewer than an hour ago. '
        + 'The staples of the others are not watched. If they were not taken out on purpose, a target list has been '
        + 'emptied or cut, or an exporter of several is gone. '
        + 'Begin with: ocsp-staple-exporter --config.file=FILE --config.check',
    },
    {
      name: 'OCSPStapleExporterReloadFailed',
      expr: 'max_over_time(%s[5m]) == 0' % q.series('exporter_config_last_reload_successful'),
      summary: 'The exporter could not load its configuration.',
      description:
        'The OCSP staple exporter' + who + ' could not load its configuration and goes on with the one before: '
        + 'hosts that were added since are not watched. '
        + 'Begin with: ocsp-staple-exporter --config.file=FILE --config.check',
    },
    {
      name: 'OCSPStapleDiscoveryFailing',
      expr: '%s > 0' % q.series('exporter_discovery_lists_failing'),
      summary: 'The exporter cannot read a list of targets.',
      description:
        'The OCSP staple exporter' + who + ' cannot read {{ $value }} of its lists of targets (source: {{ $labels.source }}) '
        + 'and goes on with what it last read: hosts that were added since are not watched, and after a restart none of these lists is. '
        + 'The pages of the exporter and /api/v1/status name the lists. '
        + 'Begin with: ocsp-staple-exporter --config.file=FILE --config.check',
    },
    {
      name: 'OCSPStapleShardMissing',
      expr: |||
        max by (job) (%(total)s) - count by (job) (count_values by (job) ("ordinal", %(ordinal)s)) > 0
        unless on (job) %(up)s == 0
      ||| % {
        total: q.series('exporter_total_shards'),
        ordinal: q.series('exporter_shard_ordinal'),
        up: q.up('target=""'),
      },
      summary: 'A part of the targets has no exporter.',
      description:
        'The targets of job {{ $labels.job }} are divided among several exporters, and {{ $value }} of these parts '
        + 'have none that Prometheus scrapes: their staples are not watched. '
        + 'Begin with: ocsp_staple_exporter_shard_ordinal in Prometheus, which shows who is there',
    },
    {
      name: 'OCSPStapleShardsMismatched',
      expr: 'count by (job) (count_values by (job) ("total", %s)) > 1' % q.series('exporter_total_shards'),
      summary: 'Exporters do not agree among how many the targets are divided.',
      description:
        'The exporters of job {{ $labels.job }} were started with {{ $value }} different values of --total-shards: '
        + 'some targets are watched twice, some perhaps not at all. '
        + 'Begin with: ocsp_staple_exporter_total_shards in Prometheus, which shows who was told what',
    },
  ]
