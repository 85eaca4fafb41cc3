"""The API described for machines and people: OpenAPI 3.1, built when somebody first asks."""
