"""Grafana dashboards and Prometheus rules, and the code that makes the dashboards."""
