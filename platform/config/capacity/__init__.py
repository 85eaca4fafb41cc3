"""How much of AWS a rate of events takes: from what an event was measured to cost."""
