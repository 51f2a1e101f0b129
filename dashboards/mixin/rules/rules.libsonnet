// What is known of every endpoint's faults, kept through silence of the exporter and of the host.
{
  local config = $._config,
  local q = (import '../series.libsonnet')(config),
  local faults = (import 'faults.libsonnet')(config),
  local alternatives(names) = std.join('|', names),
  local named(kind) = alternatives([fault.name for fault in faults if fault.kind == kind]),

  // How long a fault stands before its alert fires.
  local alerts = config.alerts,
  local settling = {
    error_response_must_staple: alerts.OCSPErrorResponseStapled.urgent['for'],
    error_response: alerts.OCSPErrorResponseStapled['for'],
    invalid: alerts.OCSPStapleInvalid['for'],
    must_staple_missing: alerts.OCSPMustStapleMissing['for'],
    missing: alerts.OCSPStapleMissing['for'],
    stale: alerts.OCSPStapleStale['for'],
    expiring_critical: alerts.OCSPStapleExpiringSoon.urgent['for'],
    expiring_warning: alerts.OCSPStapleExpiringSoon['for'],
  },
  local unsettled(fault) =
    '(ocsp_staple:fault:seen{fault="%s"} unless ocsp_staple:fault:seen{fault="%s"} offset %s)'
    % [fault, fault, settling[fault]],

  // What a server that does not renew goes through. A fault of it stands until the alert of a worse one
  // fires: otherwise Alertmanager would call it resolved in between.
  local decline = ['refresh_overdue', 'outlives_responder', 'expiring_warning', 'expiring_critical', 'stale'],
  local ends = ['must_staple_missing', 'missing', 'error_response_must_staple', 'error_response', 'invalid'],
  local handedOver(i) =
    '(ocsp_staple:fault{fault="%s"} and ignoring (fault) ocsp_staple:fault:new{fault=~"%s"})'
    % [decline[i], alternatives(decline[i + 1:] + ends)],

  // Not to be known without the exporter, and not worth keeping.
  local unkept = ['probe_overdue', 'scrape_failing'],
  local kept = 'ocsp_staple:fault{fault!~"%s"}' % alternatives(unkept),

  local silent = {
    record: 'ocsp_staple:exporter:silent',
    expr: |||
      (max by (job, instance) (%(up)s) == 0)
      or
      (max by (job, instance) (present_over_time(%(exporter)s[%(hold)s])) unless on (job, instance) %(up)s)
      or
      (
        max by (job, instance) (%(endpoints)s)
        > (count by (job, instance) (%(probed)s) or max by (job, instance) (%(endpoints)s * 0))
        and max by (job, instance) (time() - %(loaded)s < 3600)
      )
    ||| % {
      up: q.up(),
      exporter: q.up('target=""'),
      hold: config.holdAfterDisappearing,
      endpoints: q.series('exporter_endpoints'),
      probed: q.series('probe_success'),
      loaded: q.series('exporter_config_last_reload_success_timestamp_seconds'),
    },
  },

  // What the series show now. One rule for each fault.
  local seen = [
    { record: 'ocsp_staple:fault:seen', labels: { fault: fault.name }, expr: fault.expr }
    for fault in faults
  ],

  // Faults that have come up and whose alerts do not fire yet.
  local new = {
    record: 'ocsp_staple:fault:new',
    expr: std.join('\nor ', std.map(unsettled, std.objectFields(settling))),
  },

  // What is known: seen now, or kept from the evaluation before.
  local known = {
    record: 'ocsp_staple:fault',
    expr: |||
      ocsp_staple:fault:seen{fault=~"%(moments)s"}
      or
      (ocsp_staple:fault{fault=~"%(since)s"} and ocsp_staple:fault:seen)
      or
      timestamp(ocsp_staple:fault:seen{fault=~"%(since)s"})
      or
      %(handedOver)s
      or
      (
        %(kept)s
        and on (job, instance) ocsp_staple:exporter:silent
        unless on (job, target, address, key_type, tls_version) %(present)s
      )
      or
      (
        %(kept)s
        and ignoring (fault) (%(success)s == 0 and max_over_time(%(success)s[%(hold)s]) == 1)
      )
    ||| % {
      moments: named('moment'),
      since: named('since'),
      handedOver: std.join('\nor\n', std.mapWithIndex(function(i, _) handedOver(i), decline)),
      kept: kept,
      present: q.series('present'),
      success: q.series('probe_success'),
      hold: config.holdWhileUnreachable,
    },
  },

  prometheusRules+:: {
    groups+: [{
      name: 'ocsp-staple.rules',
      interval: config.evaluationInterval,
      rules: [rule { expr: std.rstripChars(rule.expr, '\n') } for rule in [silent] + seen + [new, known]],
    }],
  },
}
