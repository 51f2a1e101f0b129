"""Clients in a loop, each a program of its own: PORT SERVER_NAME CA_FILE SECONDS in, its figures as JSON out."""
