// Defaults. Change them with `(import 'mixin.libsonnet') + { _config+:: { ... } }`; docs/alerts.md has examples.
{
  _config+:: {
    // Which scrape jobs are ours: for the series `up`, which have no name of ours.
    upSelector: 'job=~"ocsp-staple.*"',

    // Which series of ours are looked at: all of them. For instance: 'cluster="eu"'.
    selector: '',

    // How often rules are evaluated. Less than 5m: a held fault is remembered from one evaluation to the next.
    evaluationInterval: '1m',

    // How long an exporter that vanished from Prometheus's targets counts as lost. Afterwards it counts as removed.
    holdAfterDisappearing: '1h',

    // How long a fault of a staple is held while its host cannot be reached.
    holdWhileUnreachable: '1h',

    // A staple is expiring when less than this share of its validity AND less than this time is left.
    // The warning's time is what the Baseline Requirements (4.9.9) leave to a server that renews as soon as it can.
    expiringWarning: { share: 0.25, seconds: 8 * 3600 },
    expiringCritical: { share: 0.10, seconds: 2 * 3600 },

    // A certificate is reported when it ends before the staple's nextUpdate and within this time, in seconds.
    responderEndsWithin: 24 * 3600,
    certificateEndsWithin: 3 * 24 * 3600,

    // A staple is missing sometimes when it came or went this often within the window, and was last
    // missing within `recent`. Where a retry brought it each time, it must have been missing within the
    // window that ended `again` ago as well: a server that has just been started is not meant.
    flapping: { changes: 4, window: '2h', recent: '30m', again: '1h' },

    // A probe is overdue when the last one is older than this many of its intervals, plus the slack in seconds.
    overdue: { intervals: 3, slack: 60 },

    // Targets are missing when a job has less than this part of those of an hour ago.
    targetsLeft: 0.7,

    // `for` and `severity` of each alert; `for` may not be zero.
    // `urgent` is a second rule of the alert; its severity must be another one.
    alerts: {
      OCSPMustStapleMissing: { 'for': '5m', severity: 'critical' },
      OCSPCertificateRevoked: { 'for': '2m', severity: 'critical' },
      OCSPCertificateUnknown: { 'for': '15m', severity: 'critical' },
      OCSPErrorResponseStapled: { 'for': '10m', severity: 'warning', urgent: { 'for': '10m', severity: 'critical' } },
      OCSPStapleInvalid: { 'for': '5m', severity: 'critical' },
      OCSPStapleMissing: { 'for': '15m', severity: 'warning' },
      OCSPStapleMissingSometimes: { 'for': '10m', severity: 'warning', urgent: { 'for': '5m', severity: 'critical' } },
      OCSPStapleStale: { 'for': '5m', severity: 'critical' },
      OCSPStapleExpiringSoon: { 'for': '10m', severity: 'warning', urgent: { 'for': '5m', severity: 'critical' } },
      OCSPStapleRefreshOverdue: { 'for': '1h', severity: 'warning' },
      OCSPStapleOutlivesResponder: { 'for': '1h', severity: 'warning' },
      OCSPStapleOutlivesCertificate: { 'for': '1h', severity: 'warning' },
      OCSPProbeFailing: { 'for': '15m', severity: 'warning' },
      OCSPProbeOverdue: { 'for': '10m', severity: 'warning' },
      OCSPStapleExporterDown: { 'for': '5m', severity: 'critical' },
      OCSPStapleTargetsMissing: { 'for': '10m', severity: 'warning' },
      OCSPStapleExporterReloadFailed: { 'for': '5m', severity: 'warning' },
      OCSPStapleDiscoveryFailing: { 'for': '15m', severity: 'warning' },
      OCSPStapleShardMissing: { 'for': '10m', severity: 'warning' },
      OCSPStapleShardsMismatched: { 'for': '15m', severity: 'warning' },
    },

    // Names of alerts to leave out.
    disabledAlerts: [],

    // Where people reach the exporter, with its route prefix and without a slash at the end.
    // Empty: at the address at which Prometheus scrapes it, by http.
    exporterUrl: '',

    // What comes before the name of the alert in runbook_url. Empty: the exporter's own pages, `/runbooks`.
    // A copy of docs/runbooks elsewhere serves better when it is the exporter that is down.
    runbookBaseUrl: '',

    // Grafana's root URL, for the annotation dashboard_url. Empty: no such annotation.
    grafanaUrl: '',
    dashboardUids: { endpoint: 'ocsp-staple-endpoint', exporter: 'ocsp-staple-exporter' },
  },
}
