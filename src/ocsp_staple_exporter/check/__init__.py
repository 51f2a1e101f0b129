"""The command `check`: judges a staple now, of hosts or in a file, for a person or a script.

command.py takes the options. For a file, file_mode.py reads it, report.py judges, text.py and
document.py show the report to people and to programs. For hosts, targets.py reads what is to
be probed, probing.py probes, software.py guesses the server, and host_text.py, summary.py,
host_document.py, prometheus.py and nagios.py show what came of it.
"""
