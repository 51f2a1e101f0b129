"""Draws the dashboards with Grafana's own libraries, to be looked at."""
