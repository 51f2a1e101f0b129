// Every fault as an expression over what the exporter exports now, the most fundamental first:
// a fault gives way to those above it, so that one defect of a staple is one fault.
//
// kind 'since': the expression says that there is a fault; the rules keep the time of its beginning.
// kind 'moment': the expression's value is the Unix time that the fault is about.
function(config)
  local q = (import '../series.libsonnet')(config);
  local series = q.series;
  local rejected(matcher) = q.without('reason', 'verification_error', matcher);

  local since(name, expr) = { name: name, kind: 'since', expr: std.rstripChars(expr, '\n') };
  local moment(name, expr) = since(name, expr) { kind: 'moment' };

  // Reasons that have a fault of their own.
  local elsewhere = [
    'expired',
    'responder_expired',
    'status_.*',
    'revoked',
    'cert_status_unknown',
    'must_staple_missing',
    'staple_missing_sometimes',
  ];

  local unless(faults) = 'unless ignoring (fault) ocsp_staple:fault:seen{fault=~"%s"}\n' % std.join('|', faults);
  local answered = ['revoked', 'unknown', 'error_response_must_staple', 'error_response'];
  local useless = answered + ['invalid'];
  local ending = useless + ['stale', 'expiring_critical', 'expiring_warning'];

  local missing = '\n  and %s == 0\n' % q.without('stapled', 'handshakes', 'stapled="true"');

  // `settled`: where there was no staple for so long, it is missing always.
  // `finding`: the metric that says so of the handshakes of one probe. A retry that got a staple is no finding:
  // servers that fetch when they are first asked begin so. Where it goes on for long, it was no beginning.
  local missingSometimes(settled, finding) = |||
    (
      %(finding)s == 1
      or
      (
        changes(%(present)s[%(window)s]) >= %(changes)d
        and min_over_time(%(present)s[%(recent)s]) == 0
        and max_over_time(%(present)s[%(settled)s]) == 1
      )
      or
      max without (stapled) (
        changes(%(without)s[%(window)s]) >= %(changes)d
        and max_over_time(%(without)s[%(recent)s]) > 0
        and max_over_time(%(without)s[%(window)s] offset %(again)s) > 0
        and ignoring (stapled) max_over_time(%(present)s[%(settled)s]) == 1
      )
    )
  ||| % config.flapping {
    without: series('handshakes', 'stapled="false"'),
    present: series('present'),
    settled: settled,
    finding: q.without('reason', finding, 'reason="staple_missing_sometimes"'),
  };

  local expiring(limit) = |||
    %(next)s
      and (%(next)s - time() < %(seconds)d)
      and (%(next)s - time() < %(share)g * (%(next)s - %(this)s))
  ||| % limit { next: series('next_update_timestamp_seconds'), this: series('this_update_timestamp_seconds') };

  local endsFirst(name, seconds) = |||
    %(end)s < %(next)s
      and (%(end)s - time() < %(seconds)d)
  ||| % { end: series(name), next: series('next_update_timestamp_seconds'), seconds: seconds };

  [
    since('revoked', q.without('status', 'cert_status', 'status="revoked"') + ' == 1'),
    since('unknown', q.without('status', 'cert_status', 'status="unknown"') + ' == 1'),
    since('error_response_must_staple', rejected('reason=~"status_.*"') + '\n  and %s == 1' % series('must_staple')),
    since('error_response', rejected('reason=~"status_.*"') + '\n  unless %s == 1' % series('must_staple')),

    // The responder of a stale staple has often ended as well: that is no fault of its own.
    since('invalid', |||
      (
        %s
        or
        (%s unless %s)
      )
    ||| % [
      rejected('reason!~"%s"' % std.join('|', elsewhere)),
      rejected('reason="responder_expired"'),
      rejected('reason="expired"'),
    ] + unless(answered)),

    since('must_staple_missing', series('must_staple') + ' == 1' + missing),
    since('missing', series('expected') + ' == 1' + missing + '  unless %s == 1' % series('must_staple')),
    since(
      'missing_sometimes_must_staple',
      missingSometimes(config.alerts.OCSPMustStapleMissing['for'], 'verification_error') + 'and %s == 1' % series('must_staple')
    ),
    since(
      'missing_sometimes',
      missingSometimes(config.alerts.OCSPStapleMissing['for'], 'warning')
      + 'and %s == 1\nunless %s == 1' % [series('expected'), series('must_staple')]
    ),

    moment('stale', |||
      %s
        and %s
    ||| % [series('next_update_timestamp_seconds'), rejected('reason="expired"')] + unless(useless)),
    moment('expiring_critical', expiring(config.expiringCritical) + unless(useless + ['stale'])),
    moment('expiring_warning', expiring(config.expiringWarning) + unless(useless + ['stale', 'expiring_critical'])),
    moment('refresh_overdue', |||
      %s
        and %s
    ||| % [
      series('this_update_timestamp_seconds'),
      q.without('reason', 'warning', 'reason=~"refresh_overdue|too_old"'),
    ] + unless(ending)),

    moment(
      'outlives_responder',
      endsFirst('responder_certificate_not_after_timestamp_seconds', config.responderEndsWithin) + unless(ending)
    ),
    moment(
      'outlives_certificate',
      endsFirst('certificate_not_after_timestamp_seconds', config.certificateEndsWithin) + unless(useless)
    ),

    since('probe_failing', series('probe_success') + ' == 0'),
    moment('probe_overdue', |||
      %(last)s
        and (time() - %(last)s > %(intervals)d * %(interval)s + %(slack)d)
    ||| % config.overdue {
      last: series('last_probe_timestamp_seconds'),
      interval: series('probe_interval_seconds'),
    }),

    // At /probe it is the scrape that fails. Where all fail, it is the exporter.
    since('scrape_failing', |||
      %s == 0
        and on (job) max by (job) (%s) == 1
    ||| % [q.up('target!=""'), q.up('target!=""')]),
  ]
