// Alerts on the faults that rules/ records.
{
  local config = $._config,
  local texts = (import 'texts.libsonnet')(config),
  local all = (import 'endpoints.libsonnet')(config) + (import 'exporter.libsonnet')(config),

  local description(alert) =
    alert.description + if std.objectHas(alert, 'endpoint') then alert.held + texts.check else '',

  local links(alert) =
    local ofEndpoint = std.objectHas(alert, 'endpoint');
    (if ofEndpoint then { exporter_url: texts.exporterUrl } else {})
    + (
      if config.grafanaUrl == '' then {}
      else if ofEndpoint then { dashboard_url: texts.dashboardUrl(config.dashboardUids.endpoint, 'target') }
      else { dashboard_url: texts.dashboardUrl(config.dashboardUids.exporter, 'job') }
    )
    + { runbook_url: texts.runbookUrl(alert.name) },

  local rule(alert) =
    local settings =
      if std.objectHas(alert, 'urgent') then config.alerts[alert.name].urgent else config.alerts[alert.name];
    {
      alert: alert.name,
      expr: std.rstripChars(alert.expr, '\n'),
      'for': settings['for'],
      labels: { severity: settings.severity },
      annotations: { summary: alert.summary, description: description(alert) } + links(alert),
    },

  prometheusAlerts+:: {
    groups+: [{
      name: 'ocsp-staple.alerts',
      interval: config.evaluationInterval,
      rules: [rule(alert) for alert in all if !std.member(config.disabledAlerts, alert.name)],
    }],
  },
}
