"""Tests of what stands around the load: the book, the verification, the command."""
