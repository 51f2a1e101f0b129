"""The config file: YAML in, a Config or every problem with its place out."""

from __future__ import annotations

from ocsp_staple_exporter.config.loading import Config, Limits, load_config
from ocsp_staple_exporter.config.problems import ConfigError, Problem

__all__ = ["Config", "ConfigError", "Limits", "Problem", "load_config"]
