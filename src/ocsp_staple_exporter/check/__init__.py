"""The command `check`: judges one staple now, for a person or a script.

command.py takes the options, files.py reads the files, report.py judges, text.py and
document.py show the same report to people and to programs.
"""
