// The dashboards, as they are committed beside the rules.
{
  grafanaDashboards+:: {
    'ocsp-staple-endpoint.json': import '../../ocsp-staple-endpoint.json',
    'ocsp-staple-exporter.json': import '../../ocsp-staple-exporter.json',
    'ocsp-staple-fleet.json': import '../../ocsp-staple-fleet.json',
  },
}
