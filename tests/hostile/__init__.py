"""Peers that misbehave, for the tests of the wire, the verdicts and the reports. On 127.0.0.1 only."""
