"""The local stack of `make run`: an emulated AWS, the API, a worker and the exporter."""
