// A monitoring mixin: prometheusAlerts, prometheusRules and grafanaDashboards, changed through _config.
(import 'config.libsonnet')
+ (import 'rules/rules.libsonnet')
+ (import 'alerts/alerts.libsonnet')
+ (import 'dashboards/dashboards.libsonnet')
